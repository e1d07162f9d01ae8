import { denseReference } from "../dense/reference.ts";
import { entmaxReference } from "../entmax/reference.ts";
import { checkLambda } from "../policy.ts";

/**
 * PLADIS over the keys, in float64: W = λ·entmax_α(z) + (1 − λ)·softmax(z) (arXiv 2503.07677, eq. 11).
 *
 * Rows sum to 1; keys outside entmax' support get (1 − λ)·softmax(z), not above 0 for λ ≥ 1.
 *
 * @param z Scores, [rows, K].
 * @param keys K.
 * @returns Weights, [rows, K].
 * @throws {DomainError} if λ or α is out of range.
 */
export function pladisReference(z: Float64Array, keys: number, lambda: number, alpha: number): Float64Array {
  checkLambda(lambda);
  const dense = denseReference(z, keys), sparse = entmaxReference(z, keys, alpha);
  return sparse.map((weight, i) => lambda * weight + (1 - lambda) * dense[i]);
}
