/**
 * The threshold τ of entmax in float64.
 *
 * With z' = (α − 1)(z − max z), q = 1/(α − 1), u = [z' − τ]₊, entmax_α(z) = u^q where Σ u^q = 1. For α ≤ 2, q ≥ 1 and
 * h(τ) = (Σ u^q)^(1/q) is a norm of u, so convex and decreasing in τ: Newton's method on h = 1 from τ = −1 rises to the
 * root and never passes it. For α > 2, h is not convex and Newton's method cycles; there each step that leaves the
 * bracket around the root is replaced by the bracket's middle.
 *
 * @module
 */

/** A threshold with its certificate. */
export interface Threshold {
  /** τ, in [−1, −K^(1 − α)]. */
  readonly tau: number;
  /** |h(τ) − 1|, which bounds the distance to the root: h falls with a slope of 1 or more. */
  readonly certificate: number;
  /** How often the sums over a row were taken. */
  readonly evaluations: number;
}

/** Σ u^q and Σ u^(q − 1) over the keys with u > 0. */
export function thresholdSums(scaled: Float64Array, tau: number, q: number): { f: number; g: number } {
  let f = 0, g = 0;
  for (const z of scaled) {
    const u = z - tau;
    if (u <= 0) continue;
    const power = u ** (q - 1);
    f += power * u;
    g += power;
  }
  return { f, g };
}

/** Far beyond what either method needs in float64: Newton takes 10 steps at most, a bracket of 1 is halved 53 times. */
const MOST_EVALUATIONS = 200;

/**
 * Solves Σ [z' − τ]₊^q = 1 to machine precision.
 *
 * @param scaled z' of one row, its largest 0.
 * @param alpha α in (1, 4].
 */
export function solveThreshold(scaled: Float64Array, alpha: number): Threshold {
  const q = 1 / (alpha - 1);
  let low = -1, high = 0, tau = low;
  for (let evaluations = 1;; evaluations++) {
    const { f, g } = thresholdSums(scaled, tau, q);
    const h = f ** (1 / q);
    if (h >= 1) low = tau;
    else high = tau;
    const newton = tau + (1 - 1 / h) * f / g;
    const next = newton > low && newton < high ? newton : alpha > 2 ? (low + high) / 2 : tau;
    // Newton's own rise ends where rounding stops it; a bracket ends when no number is left inside.
    if (next === tau || next === low || next === high || evaluations === MOST_EVALUATIONS) {
      return { tau, certificate: Math.abs(h - 1), evaluations };
    }
    tau = next;
  }
}
