/** Rows of a table from the times of a step's parts. */
import type { CutPart } from "../models/runtimes/cut_part.ts";
import type { ClockName, PartTime } from "./part_clock.ts";
import { median, type Row } from "./table.ts";

/** What rows are made of. */
export interface TimedRun {
  /** PLADIS's α, null for dense attention. */
  readonly alpha: number | null;
  /** The step that warmed up, and may have computed what depends on the prompt alone. */
  readonly first: { readonly parts: readonly PartTime[] };
  readonly steps: readonly { readonly parts: readonly PartTime[]; readonly wallMs: number }[];
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const rounded = (ms: number) => Number(ms.toFixed(3));

function policyName(alpha: number | null): string {
  return alpha === null ? "dense" : `PLADIS α ${alpha}`;
}

/** Of each step what something took, in ms; alone, what it took once. */
type Taken = readonly number[] | number;

function rowOf(
  clock: ClockName,
  { alpha, steps }: TimedRun,
  { name, kind }: { readonly name: string; readonly kind: string },
  taken: Taken,
  dispatches: number | null,
): Row {
  const often = typeof taken !== "number";
  return {
    policy: policyName(alpha),
    name,
    kind,
    ms: rounded(often ? median(taken) : taken),
    share: often ? rounded(median(steps.map(({ wallMs }, i) => taken[i] / wallMs))) : null,
    dispatches,
    clock,
  };
}

/** A row for each part: what it takes of a step, and of the prompt's what it took in the one step that had to do it. */
export function partRows(clock: ClockName, run: TimedRun): Row[] {
  const prompt = run.first.parts.find(({ part, dispatches }) => part.kind === "prompt" && dispatches > 0);
  const once = prompt ? [rowOf(clock, run, prompt.part, prompt.ms, prompt.dispatches)] : [];
  const [{ parts }] = run.steps;
  const perStep = parts.flatMap(({ part, dispatches }, i) => {
    if (part.kind === "prompt") return [];
    return [rowOf(clock, run, part, run.steps.map(({ parts }) => parts[i].ms), dispatches)];
  });
  return [...once, ...perStep];
}

/** Rows for all segments, all attention, the step, and what of it is in no part. */
export function totalRows(clock: ClockName, run: TimedRun): Row[] {
  const { steps } = run, [{ parts: some }] = steps;
  const ofKind = (kind: CutPart["kind"], parts: readonly PartTime[]) =>
    parts.filter(({ part }) => part.kind === kind);
  const timeOf = (parts: readonly PartTime[]) => sum(parts.map(({ ms }) => ms));
  const dispatchesOf = (parts: readonly PartTime[]) => sum(parts.map(({ dispatches }) => dispatches));
  const row = (name: string, taken: Taken, dispatches: number | null) =>
    rowOf(clock, run, { name, kind: "total" }, taken, dispatches);
  const all = (name: string, kind: CutPart["kind"]) =>
    row(name, steps.map(({ parts }) => timeOf(ofKind(kind, parts))), dispatchesOf(ofKind(kind, some)));
  return [
    all("all segments", "segment"),
    all("all attention", "attention"),
    row("gap (host)", steps.map(({ parts, wallMs }) => wallMs - timeOf(parts)), null),
    row("step (wall)", steps.map(({ wallMs }) => wallMs), dispatchesOf(some)),
  ];
}
