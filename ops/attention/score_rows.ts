/**
 * Rows of scores in float64, as the reference forms take them.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";
import { MASKED_SCORE } from "./policy.ts";

/**
 * Maps each row of scores to a row of weights.
 *
 * @param z Scores, [rows, K]; −Infinity is a masked key.
 * @param keys K.
 * @param row Gives a row's weights; gets the scores less their largest, so that the largest is 0.
 * @returns Weights, [rows, K].
 * @throws {DomainError} if K does not divide the number of scores, or a score is NaN or +Infinity.
 */
export function mapRows(
  z: Float64Array,
  keys: number,
  row: (shifted: Float64Array) => Float64Array,
): Float64Array {
  const doing = "compute attention weights";
  if (!Number.isInteger(keys) || keys < 1 || z.length % keys !== 0) {
    throw new DomainError({
      doing,
      what: "keys",
      rule: `a whole number from 1 that divides the ${z.length} scores into rows`,
      got: keys,
    });
  }
  const bad = z.findIndex((score) => Number.isNaN(score) || score === Infinity);
  if (bad >= 0) {
    throw new DomainError({
      doing,
      what: `score ${bad}`,
      rule: "a number or -Infinity",
      got: String(z[bad]),
    });
  }
  const weights = new Float64Array(z.length);
  for (let start = 0; start < z.length; start += keys) {
    const scores = z.subarray(start, start + keys).map((score) => Math.max(score, MASKED_SCORE));
    const largest = scores.reduce((a, b) => Math.max(a, b));
    weights.set(row(scores.map((score) => score - largest)), start);
  }
  return weights;
}
