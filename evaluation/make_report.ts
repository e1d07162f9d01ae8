/**
 * From rows to what they say.
 *
 * @module
 */
import { EvaluationError } from "../errors.ts";
import { VERSION } from "../pipeline/version.ts";
import type { Setting } from "./axes.ts";
import type { Diversity } from "./diversity.ts";
import type { EvaluationReport, Measure, Scores, SettingReport } from "./report_type.ts";
import type { ResultRow } from "./result_row.ts";
import { SCENE_KINDS } from "./scene.ts";
import { DEFAULT_LEVEL, pairedBootstrap } from "./statistics/paired_bootstrap.ts";
import { quantile } from "./statistics/quantile.ts";

/** What a report is made of. */
export interface ReportInput extends Pick<EvaluationReport, "device" | "seed" | "negativePrompt"> {
  readonly settings: readonly Setting[];
  /** In any order. */
  readonly rows: readonly ResultRow[];
  /** For each setting the diversity of the scenes on which it was measured. */
  readonly diversity: readonly (readonly Diversity[])[];
}

/** [settings, scenes]: the scored row of each scene under each setting, in the scenes' order. */
function scoredRows({ settings, rows }: ReportInput): ResultRow[][] {
  const scored = settings.map(({ name }) =>
    rows.filter(({ setting, repeat }) => setting === name && repeat === 0).sort((a, b) => a.index - b.index)
  );
  const indices = (of: readonly ResultRow[]) => of.map(({ index }) => index).join();
  const odd = scored.findIndex((each) => each.length === 0 || indices(each) !== indices(scored[0]));
  if (odd < 0) return scored;
  throw new EvaluationError({
    doing: "make a report",
    what: `the scenes of "${settings[odd].name}"`,
    rule: `those of "${settings[0].name}", ${scored[0].length} of them`,
    got: scored[odd].length,
  });
}

/** A measure for each setting. */
function measures(values: readonly (readonly number[])[]): Measure[] {
  const { means, differences } = pairedBootstrap(values);
  return means.map((mean, i) => ({ ...mean, difference: differences[i] }));
}

/** Scores of each setting on the scenes that are chosen; null if there are none. */
function scores(scored: readonly ResultRow[][], chosen: (row: ResultRow) => boolean): (Scores | null)[] {
  const rows = scored.map((each) => each.filter(chosen));
  if (rows[0].length === 0) return rows.map(() => null);
  const measured = (value: (row: ResultRow) => number) => measures(rows.map((each) => each.map(value)));
  const right = measured((row) => Number(row.right)), anywhere = measured((row) => Number(row.anywhere));
  const background = measured((row) => Number(row.background)), psnr = measured((row) => row.psnr);
  return rows.map((each, i) => ({
    prompts: each.length,
    right: right[i],
    anywhere: anywhere[i],
    background: background[i],
    psnr: psnr[i],
  }));
}

function whereRight(scored: readonly ResultRow[][]): SettingReport["psnrWhereRight"][] {
  const right = scored[0].map((_, j) => scored.every((rows) => rows[j].right));
  const prompts = right.filter(Boolean).length;
  if (prompts === 0) return scored.map(() => null);
  return measures(scored.map((rows) => rows.filter((_, j) => right[j]).map(({ psnr }) => psnr)))
    .map((measure) => ({ prompts, ...measure }));
}

function diversities(diversity: readonly (readonly Diversity[])[]): SettingReport["diversity"][] {
  const prompts = diversity[0]?.length ?? 0;
  if (prompts === 0) return diversity.map(() => null);
  const distance = measures(diversity.map((each) => each.map(({ distance }) => distance)));
  const arrangements = measures(diversity.map((each) => each.map(({ arrangements }) => arrangements)));
  return diversity.map((_, i) => ({ prompts, distance: distance[i], arrangements: arrangements[i] }));
}

/**
 * What the rows say: shares and means with 95 % intervals by paired bootstrap over prompts, the same resamples for
 * every setting. The order of the rows does not matter.
 *
 * @throws {EvaluationError} if a setting lacks the row of a scene.
 */
export function makeReport(input: ReportInput): EvaluationReport {
  const { settings, rows, device, seed, negativePrompt } = input;
  const scored = scoredRows(input), [scenes] = scored;
  const all = scores(scored, () => true);
  const present = SCENE_KINDS.filter((kind) => scenes.some((row) => row.kind === kind));
  const kinds = present.map((kind) => scores(scored, (row) => row.kind === kind));
  const trained = scores(scored, (row) => !row.heldOut), heldOut = scores(scored, (row) => row.heldOut);
  const apart = trained[0] !== null && heldOut[0] !== null;
  const psnrWhereRight = whereRight(scored), diversity = diversities(input.diversity);
  return {
    winnow: VERSION,
    device,
    seed,
    ...(negativePrompt === undefined ? {} : { negativePrompt }),
    prompts: scenes.length,
    kinds: Object.fromEntries(
      present.map((kind) => [kind, scenes.filter((row) => row.kind === kind).length]),
    ),
    heldOut: scenes.filter((row) => row.heldOut).length,
    level: DEFAULT_LEVEL,
    settings: settings.map(({ name, values, recipe }, i): SettingReport => ({
      name,
      values,
      recipe: { ...recipe },
      all: all[i] as Scores,
      kinds: Object.fromEntries(present.map((kind, k) => [kind, kinds[k][i]])),
      trained: apart ? trained[i] : null,
      heldOut: apart ? heldOut[i] : null,
      psnrWhereRight: psnrWhereRight[i],
      diversity: diversity[i] ?? null,
      ms: quantile(
        rows.filter(({ setting }) => setting === name).map(({ ms }) => ms).sort((a, b) => a - b),
        0.5,
      ),
    })),
  };
}
