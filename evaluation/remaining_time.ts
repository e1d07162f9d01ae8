/**
 * How long an evaluation will take.
 *
 * @module
 */
import type { EvaluationProgress } from "./evaluate_options.ts";

/**
 * Tells progress from now on.
 *
 * @param before Pictures that were done before.
 * @param total Pictures in all.
 * @returns From the pictures done since and the setting that is worked on to the event.
 */
export function remainingTime(
  before: number,
  total: number,
): (count: number, setting: string) => EvaluationProgress {
  const start = performance.now();
  return (count, setting) => {
    const elapsedMs = performance.now() - start, done = before + count;
    const remainingMs = count === 0 ? Infinity : (elapsedMs / count) * (total - done);
    return { done, total, setting, elapsedMs, remainingMs: done === total ? 0 : remainingMs };
  };
}
