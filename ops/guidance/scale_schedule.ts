/**
 * How much of a scale w is used along the run, as a share s: the scale at a step is 1 + s·(w − 1), so that 0 is no
 * guidance and 1 all of it. By the place t of the step: 0 at the first, 1 at the last, 0 where there is one.
 *
 * - `linear`: s = from + (to − from)·t
 * - `cosine`: s = from + (to − from)·(1 − cos πt) / 2
 * - `piecewise`: straight lines between points [t, s], level before the first and after the last. Two points at one t
 *   are a jump, which the step at t has behind it.
 *
 * Wang et al., "Analysis of Classifier-Free Guidance Weight Schedulers", 2024, find rising ones best; theirs go to 2,
 * which keeps the mean.
 */
export type ScaleSchedule =
  | { readonly kind: "linear" | "cosine"; readonly from: number; readonly to: number }
  | { readonly kind: "piecewise"; readonly points: readonly (readonly [t: number, share: number])[] };

/** The share at the place t of a run, 0 to 1. */
function shareOf(schedule: ScaleSchedule, t: number): number {
  switch (schedule.kind) {
    case "linear":
      return schedule.from + (schedule.to - schedule.from) * t;
    case "cosine":
      return schedule.from + (schedule.to - schedule.from) * (1 - Math.cos(Math.PI * t)) / 2;
    case "piecewise": {
      const { points } = schedule;
      const next = points.findIndex(([at]) => at > t);
      if (next === 0) return points[0][1];
      if (next < 0) return points[points.length - 1][1];
      const [[t0, from], [t1, to]] = [points[next - 1], points[next]];
      return from + (to - from) * (t - t0) / (t1 - t0);
    }
    default:
      return schedule satisfies never;
  }
}

/** The share at step `i` (from 0) of `steps`; without a schedule all of it. */
export function shareAt(schedule: ScaleSchedule | undefined, i: number, steps: number): number {
  return schedule === undefined ? 1 : shareOf(schedule, steps > 1 ? i / (steps - 1) : 0);
}

/** The scale at step `i` (from 0) of `steps`; without a schedule `scale` itself. */
export function scaleAt(
  scale: number,
  schedule: ScaleSchedule | undefined,
  i: number,
  steps: number,
): number {
  if (schedule === undefined) return scale;
  return 1 + shareAt(schedule, i, steps) * (scale - 1);
}
