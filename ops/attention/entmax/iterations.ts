/**
 * How many Newton steps are compiled into a graph.
 *
 * @module
 */

/** Keys that are assumed where their number is not known. */
const MOST_KEYS = 512;

/** Up to here the smaller counts hold: CLIP's context. */
const FEW_KEYS = 77;

/** Steps for `[up to this α, few keys, many keys]`. */
const STEPS: readonly (readonly [alpha: number, few: number, many: number])[] = [
  [1.25, 4, 5],
  [1.5, 5, 6],
  [1.75, 6, 7],
  [2, 7, 9],
];

/**
 * Newton steps after which no weight is off by more than 1e-5, whatever the scores.
 *
 * Measured, in float64, on normal scores of deviation 0.5 to 8, on two levels with and without an outlier or jitter,
 * and on ramps, 32 to 512 keys; `entmax_iterations_test` repeats it. The proven bound for a certificate of 1e-6 is 14
 * to 19 steps, which no scores come near.
 *
 * @param alpha α, above 1, up to 2.
 * @param keys K, where it is known.
 */
export function newtonSteps(alpha: number, keys: number = MOST_KEYS): number {
  const [, few, many] = STEPS.find(([most]) => alpha <= most) ?? STEPS[STEPS.length - 1];
  return keys <= FEW_KEYS ? few : many;
}
