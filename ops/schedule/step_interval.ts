/**
 * A part of a run, as fractions of its steps.
 *
 * @module
 */

/** Half-open, [from, to): of n steps, step i (from 0) is in it if from ≤ i / n < to. `[0, 1]` is all of them. */
export type StepInterval = readonly [from: number, to: number];

/**
 * Whether a step lies in the interval. Intervals that adjoin share no step and miss none.
 *
 * @param i Index of the step, from 0.
 * @param steps Steps of the whole run.
 */
export function inStepInterval(i: number, steps: number, [from, to]: StepInterval): boolean {
  const at = i / steps;
  return at >= from && at < to;
}
