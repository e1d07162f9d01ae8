import { mapRows } from "../rows.ts";

/**
 * Softmax over the keys, in float64.
 *
 * @param z Scores, [rows, K].
 * @param keys K.
 * @returns Weights, [rows, K].
 */
export function denseReference(z: Float64Array, keys: number): Float64Array {
  return mapRows(z, keys, (row) => {
    const powers = row.map(Math.exp);
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  });
}
