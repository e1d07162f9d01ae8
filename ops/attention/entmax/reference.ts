import { checkAlpha } from "../policy.ts";
import { mapRows } from "../rows.ts";

/** Halvings of an interval of length at most 1 until it is below float64's resolution. */
const HALVINGS = 64;

/**
 * α-entmax over the keys, in float64: p = [(α−1)(z − max z) − τ]₊^(1/(α−1)) with τ such that Σp = 1.
 * Sparse Sequence-to-Sequence Models, arXiv 1905.05702, eq. 10; τ by bisection (algorithm 1).
 *
 * @param z Scores, [rows, K].
 * @param keys K.
 * @param alpha α, above 1, up to 4.
 * @returns Weights, [rows, K].
 * @throws {DomainError} if α is out of range.
 */
export function entmaxReference(z: Float64Array, keys: number, alpha: number): Float64Array {
  checkAlpha(alpha);
  const q = 1 / (alpha - 1);
  return mapRows(z, keys, (row) => {
    const weightsAt = (tau: number) => row.map((score) => Math.max((alpha - 1) * score - tau, 0) ** q);
    const sum = (weights: Float64Array) => weights.reduce((a, b) => a + b, 0);
    // τ = −1 gives the largest score a weight of 1 already; τ = −K^(1−α) gives all keys together at most 1.
    let low = -1, high = -(keys ** (1 - alpha));
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (sum(weightsAt(middle)) >= 1) low = middle;
      else high = middle;
    }
    const weights = weightsAt(low), total = sum(weights);
    return weights.map((weight) => weight / total);
  });
}
