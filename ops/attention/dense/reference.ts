import { mapRows } from "../score_rows.ts";

/** softmax of a row whose largest score is 0. */
export function softmaxRow(shifted: Float64Array): Float64Array {
  const powers = shifted.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** softmax(z), p_i = exp(z_i) / Σ_j exp(z_j), for scores [rows, K], in float64. */
export function denseWeights(z: Float64Array, keys: number): Float64Array {
  return mapRows(z, keys, softmaxRow);
}
