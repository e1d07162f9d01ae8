/**
 * An evaluation from its settings to its report.
 *
 * @module
 */
import type { DeviceName } from "../models/runtimes/runtime.ts";
import type { Pixels } from "../pipeline/png_codec.ts";
import { type Diversity, diversityOf } from "./diversity.ts";
import { DEFAULT_DIVERSITY_SCENES, DEFAULT_SEED, type EvaluateOptions } from "./evaluate_options.ts";
import { evaluatedPictures } from "./evaluated_pictures.ts";
import { makeReport } from "./make_report.ts";
import type { EvaluationReport } from "./report_type.ts";
import type { ResultRow } from "./result_row.ts";

/** What {@linkcode evaluate} gives. */
export interface Evaluation {
  readonly report: EvaluationReport;
  /** A row for each picture, in the order in which they came. */
  readonly rows: readonly ResultRow[];
}

/**
 * Generates pictures of scenes under each setting, has the judge read them, and reports how many are right, with 95 %
 * intervals. `evaluatedPictures` gives the pictures one by one instead.
 *
 * @example
 * ```ts ignore
 * import { evaluate, evaluationScenes, settingsOf } from "./evaluation.ts";
 * import { pladis, pocket, recipe } from "../mod.ts";
 *
 * const scene = recipe({ model: pocket(), attention: pladis() });
 * const { report } = await evaluate({
 *   settings: settingsOf(scene, [{ path: "attention.lambda", values: [0, 1, 2] }]),
 *   scenes: evaluationScenes({ grammar: "full", prompts: 200 }),
 *   keep: "results",
 * });
 * console.log(report.settings.map(({ name, all }) => `${name}: ${all.right.mean}`));
 * ```
 *
 * @throws {DomainError} if an option is out of range, or has no use.
 * @throws {EvaluationError} if the folder to resume keeps another evaluation, or a damaged one.
 * @throws {BundleError | PlanError | DeviceError} as `pipeline` and `generate` do.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { settings, seed = DEFAULT_SEED, negativePrompt } = options;
  const { diversityScenes = DEFAULT_DIVERSITY_SCENES } = options;
  const rows: ResultRow[] = [];
  const varied = settings.map(() => new Map<number, { row: ResultRow; picture: Pixels }[]>());
  const names = settings.map(({ name }) => name);
  let device: DeviceName | undefined;
  for await (const each of evaluatedPictures(options)) {
    const { row } = each;
    rows.push(row);
    device = each.device;
    if (row.index >= diversityScenes) continue;
    const of = varied[names.indexOf(row.setting)];
    of.set(row.index, [...of.get(row.index) ?? [], { row, picture: await each.picture() }]);
  }
  const diversity = varied.map((scenes): Diversity[] =>
    [...scenes].sort(([a], [b]) => a - b).map(([_, pictures]) => {
      const inOrder = pictures.sort((a, b) => a.row.repeat - b.row.repeat);
      return diversityOf(inOrder.map(({ picture }) => picture), inOrder.map(({ row }) => row.seen));
    })
  );
  return {
    rows,
    report: makeReport({ settings, rows, diversity, device: device as DeviceName, seed, negativePrompt }),
  };
}
