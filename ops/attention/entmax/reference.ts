import { checkAlpha } from "../policy.ts";
import { mapRows } from "../score_rows.ts";
import { solveThreshold } from "./newton.ts";

/** entmax_α of a row whose largest score is 0. */
export function entmaxRow(shifted: Float64Array, alpha: number): Float64Array {
  const q = 1 / (alpha - 1);
  const scaled = shifted.map((z) => (alpha - 1) * z);
  const { tau } = solveThreshold(scaled, alpha);
  const powers = scaled.map((z) => Math.max(z - tau, 0) ** q);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/**
 * entmax_α(z) for scores [rows, K], in float64: Peters, Niculae & Martins, arXiv 1905.05702, equation (7).
 *
 * @param alpha α in (1, 4]: 1.5 is entmax-15, 2 sparsemax; towards 1 it becomes softmax.
 * @throws {DomainError} if α is out of its domain, or K does not divide the scores.
 */
export function entmaxWeights(z: Float64Array, keys: number, alpha: number): Float64Array {
  checkAlpha(alpha);
  return mapRows(z, keys, (row) => entmaxRow(row, alpha));
}
