/**
 * How many evaluations of a row's sums the graph form compiles in.
 *
 * Each evaluation costs four passes or more over [B, H, Q, K], so few are taken, but enough to keep every weight within 1e-5 on
 * practical scores and within 1e-3 on the worst rows that a search has found. Practical: normal, Laplace, Student-t and
 * uniform scores of standard deviation 0.5 to 8, with and without one dominant key, with three quarters of the keys
 * nearly equal (padding), and a trained model's own. The search: hill-climbing over rows of 5 to 20 groups of equal
 * keys and, for α = 2, rows built backwards so that each step drops few keys. Largest error of a weight, float64:
 *
 * | α    | keys | evaluations | practical         | worst found       |
 * |------|------|-------------|-------------------|-------------------|
 * | 1.1  | 160  | 2           | 2e-6              | 4e-6              |
 * | 1.25 | 77   | 2, 3        | 4e-4, 3e-7        | 6e-4, 1e-6        |
 * | 1.25 | 512  | 3, 4        | 3e-5, 3e-9        | 1e-4, 1e-7        |
 * | 1.5  | 8    | 2, 3        | 4e-4, 1e-6        | 7e-4, 2e-6        |
 * | 1.5  | 32   | 3, 4        | 2e-4, 2e-7        | 6e-4, 6e-6        |
 * | 1.5  | 77   | 3, 4, 5     | 1e-3, 7e-6, 5e-10 | 3e-3, 1e-4, 8e-7  |
 * | 1.5  | 160  | 4, 5        | 2e-4, 2e-7        | 5e-4, 1e-5        |
 * | 1.5  | 512  | 4, 5, 6     | 8e-4, 6e-6, 7e-10 | 3e-3, 2e-4, 6e-6  |
 * | 1.5  | 2048 | 5, 6        | 2e-4, 1e-7        | 1e-3, 8e-5        |
 * | 1.75 | 32   | 4, 5        | 1e-4, 9e-9        | 1e-3, 1e-4        |
 * | 1.75 | 77   | 5, 6        | 1e-5, 6e-10       | 4e-4, 3e-5        |
 * | 1.75 | 512  | 6, 7        | 4e-5, 1e-8        | 1e-3, 3e-4        |
 * | 2    | 32   | 5, 6        | 4e-6, 1e-15       | 3e-3, 6e-4        |
 * | 2    | 77   | 6, 7, 8     | 1e-15             | 5e-3, 7e-4, 8e-7  |
 * | 2    | 512  | 7, 10       | 1e-15             | 7e-2, 5e-4        |
 *
 * "Worst found" is not a proof; `provenEvaluations` has one, and asks for about twice as many.
 *
 * @module
 */
import { exponentOf, isCheapExponent } from "./power_nodes.ts";

/** How the graph form finds τ. */
export type ThresholdPlan =
  /** Newton's method on h. */
  | {
    readonly kind: "newton";
    readonly evaluations: number;
    /** How many of them, the first ones, take `roughExponent` for q. */
    readonly rough: number;
    /**
     * The next multiple of a half from q on, which needs no Pow. Where u ≤ 1, as it is from τ = −1 on, a greater exponent
     * makes smaller sums: the root for it lies left of τ*, and Newton's method goes on from there as from −1.
     */
    readonly roughExponent: number;
  }
  /** For α > 2, where Newton's method cycles: halving the bracket [−1, 0]. */
  | { readonly kind: "bisection"; readonly evaluations: number };

/** The columns of the table below: up to so many keys. */
const KEYS = [8, 32, 80, 160, 512, 2048] as const;

/** K where it is not known when compiling: no text encoder in use gives more. */
const UNKNOWN_KEYS = 512;

/** Evaluations for α up to `most`, a column for each of `KEYS`. */
const EVALUATIONS = [
  { most: 1.1, counts: [2, 2, 2, 2, 3, 3] },
  { most: 1.25, counts: [2, 3, 3, 3, 4, 4] },
  { most: 1.5, counts: [3, 4, 5, 5, 6, 6] },
  { most: 1.75, counts: [4, 5, 6, 6, 7, 8] },
  { most: 2, counts: [5, 6, 7, 9, 10, 11] },
] as const;

/** 2^-24, a float32's last bit: the bracket can shrink no further. */
const BISECTIONS = 24;

/** Exponents farther apart than this ask for one more evaluation with q itself. */
const FAR_APART = 0.25;

function newtonPlan(alpha: number, evaluations: number): ThresholdPlan {
  const q = exponentOf(alpha), roughExponent = Math.ceil(2 * q) / 2;
  if (roughExponent === q || !isCheapExponent(roughExponent)) {
    return { kind: "newton", evaluations, rough: 0, roughExponent: q };
  }
  // Found by counting, on the rows of the table.
  const exact = Math.ceil(evaluations / 2) + (roughExponent - q > FAR_APART ? 1 : 0);
  return { kind: "newton", evaluations, rough: evaluations - exact, roughExponent };
}

/**
 * The plan for α and K.
 *
 * @param alpha α in (1, 4].
 * @param keys K, if it is known; 512 if not.
 */
export function thresholdPlan(alpha: number, keys: number = UNKNOWN_KEYS): ThresholdPlan {
  const counts = EVALUATIONS.find(({ most }) => alpha <= most)?.counts;
  if (!counts) return { kind: "bisection", evaluations: BISECTIONS };
  const column = KEYS.findIndex((most) => keys <= most);
  if (column >= 0) return newtonPlan(alpha, counts[column]);
  // From column to column a fourfold K asks for one more.
  const fourfolds = Math.ceil(Math.log2(keys / KEYS[KEYS.length - 1]) / 2);
  return newtonPlan(alpha, counts[counts.length - 1] + fourfolds);
}

/**
 * Evaluations after which Newton's method has h − 1 ≤ tolerance whatever the row, for α ≤ 2. Every weight is then
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
