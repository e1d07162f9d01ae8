/**
 * How many evaluations of a row's sums the graph form compiles in.
 *
 * Each evaluation costs five passes over [B, H, Q, K], so the fewest are taken that keep every weight within 1e-5 on
 * practical scores and within 1e-3 on the worst rows that a search has found. Practical: normal, Laplace, Student-t and
 * uniform scores of standard deviation 0.5 to 8, with and without one dominant key, with three quarters of the keys
 * nearly equal (padding), and a trained model's own. The search: hill-climbing over rows of 5 to 20 groups of equal
 * keys and, for α = 2, rows built backwards so that each step drops few keys. Largest error of a weight, float64:
 *
 * | α    | keys | evaluations | practical | worst found |
 * |------|------|-------------|-----------|-------------|
 * | 1.1  | 160  | 2           | 2e-6      | 4e-6        |
 * | 1.25 | 160  | 3           | 3e-6      | 1e-5        |
 * | 1.25 | 512  | 4           | 3e-9      | 1e-7        |
 * | 1.5  | 32   | 3, relaxed  | 8e-6      | 7e-5        |
 * | 1.5  | 32   | 3, 4 plain  | 2e-4, 2e-7 | 6e-4, 6e-6 |
 * | 1.5  | 77   | 4, relaxed  | 5e-7      | 2e-5        |
 * | 1.5  | 77   | 3, 4, 5 plain | 1e-3, 7e-6, 5e-10 | 3e-3, 1e-4, 8e-7 |
 * | 1.5  | 160  | 4, relaxed  | 2e-6      | 4e-5        |
 * | 1.5  | 512  | 5, 6 plain  | 6e-6, 7e-10 | 2e-4, 6e-6 |
 * | 1.5  | 2048 | 6           | 1e-7      | 8e-5        |
 * | 1.75 | 77   | 5, 6        | 1e-5, 6e-10 | 4e-4, 3e-5 |
 * | 1.75 | 512  | 7           | 1e-8      | 3e-4        |
 * | 2    | 32   | 6           | 1e-15     | 6e-4        |
 * | 2    | 77   | 7           | 1e-15     | 7e-4        |
 * | 2    | 512  | 7, 10       | 1e-15     | 7e-2, 5e-4  |
 *
 * "Worst found" is not a proof; `provenEvaluations` has one, and asks for about twice as many.
 *
 * @module
 */

/** How the graph form finds τ. */
export type ThresholdPlan =
  /** Newton's method on h; `relax` has a number for each evaluation, 0 for the plain step. */
  | { readonly kind: "newton"; readonly relax: readonly number[] }
  /** Halving the bracket [−1, 0], for α > 2. */
  | { readonly kind: "bisection"; readonly evaluations: number };

/** The columns of the table below: up to so many keys. */
const KEYS = [8, 32, 80, 160, 512, 2048] as const;

/** K where it is not known when compiling: no text encoder in use gives more. */
const UNKNOWN_KEYS = 512;

/** Evaluations for α up to `most`, a column for each of `KEYS`. */
const EVALUATIONS = [
  { most: 1.1, counts: [2, 2, 2, 2, 3, 3] },
  { most: 1.25, counts: [2, 3, 3, 3, 4, 4] },
  { most: 1.5, counts: [3, 4, 4, 5, 5, 6] },
  { most: 1.75, counts: [4, 5, 6, 6, 7, 8] },
  { most: 2, counts: [5, 6, 7, 9, 10, 11] },
] as const;

/** α = 1.5 with relaxed steps, by column: their numbers were searched for the least "worst found". */
const RELAXED = [[0, 0, 0], [0.264, 0.416, 0.171], [0.15, 0, 0, 0], [0.11, 0.4, 0, 0]] as const;

/** 2^-24, a float32's last bit: the bracket can shrink no further. */
const BISECTIONS = 24;

/**
 * The plan for α and K.
 *
 * @param alpha α in (1, 4].
 * @param keys K, if it is known; 512 if not.
 */
export function thresholdPlan(alpha: number, keys?: number): ThresholdPlan {
  if (alpha > 2) return { kind: "bisection", evaluations: BISECTIONS };
  const column = KEYS.findIndex((most) => (keys ?? UNKNOWN_KEYS) <= most);
  // Relaxed steps are tuned to K: with K unknown they could pass a large group of keys.
  if (alpha === 1.5 && keys !== undefined && column >= 0 && column < RELAXED.length) {
    return { kind: "newton", relax: RELAXED[column] };
  }
  const { counts } = EVALUATIONS.find(({ most }) => alpha <= most) ?? EVALUATIONS[EVALUATIONS.length - 1];
  const most = KEYS[KEYS.length - 1];
  // From column to column a fourfold K asks for one more.
  const count = column >= 0
    ? counts[column]
    : counts[counts.length - 1] + Math.ceil(Math.log2((keys ?? most) / most) / 2);
  return { kind: "newton", relax: Array<number>(count).fill(0) };
}

/**
 * Evaluations after which plain Newton steps have h − 1 ≤ tolerance whatever the row, for α ≤ 2. Every weight is then
 * within twice the tolerance.
 *
 * With a = h − 1 and s = |h'|, convexity gives a' ≤ a(1 − s'/s), and 1 ≤ s ≤ K^(α − 1). The product of k factors 1 − r
 * whose r multiply to at least 1/s is largest when all r are equal: a_k ≤ a_0 (1 − s_0^(−1/k))^k.
 *
 * @param keys K.
 * @param alpha α in (1, 2].
 * @param tolerance Bound on h − 1, and so on τ* − τ.
 */
export function provenEvaluations(keys: number, alpha: number, tolerance: number): number {
  const slope = keys ** (alpha - 1);
  let k = 1;
  while ((slope - 1) * (1 - slope ** (-1 / k)) ** k > tolerance) k++;
  return k;
}
