/**
 * Which steps of a run are meant: a stretch of the run itself, or of its noise levels.
 *
 * @module
 */

/** Half-open, [from, to): of n steps, step i (from 0) is in it if from ≤ i / n < to. `[0, 1]` is all of them. */
export type StepInterval = readonly [from: number, to: number];

/** The steps that begin at a noise level up to `high` and above `low`: half-open too, in the order of a run. */
export interface SigmaInterval {
  readonly high: number;
  readonly low: number;
}

/** Intervals that adjoin share no value and miss none. */
function within(at: number, from: number, to: number): boolean {
  return at >= from && at < to;
}

/**
 * Whether a step lies in the interval.
 *
 * @param i Index of the step, from 0.
 * @param steps Steps of the whole run.
 */
export function inStepInterval(i: number, steps: number, [from, to]: StepInterval): boolean {
  return within(i / steps, from, to);
}

/** Whether a step that begins at the noise level `sigma` lies in the interval. */
export function inSigmaInterval(sigma: number, { high, low }: SigmaInterval): boolean {
  // a run goes down through the levels
  return within(-sigma, -high, -low);
}
