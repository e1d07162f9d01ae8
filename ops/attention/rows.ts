/**
 * Rows of scores.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";

/**
 * Applies a function to each row of [rows, K keys].
 *
 * A row that is fully masked (−∞ throughout) is given to the function as all zero, which makes its weights uniform.
 *
 * @throws {DomainError} if the scores do not divide into rows, or a row has NaN or +∞.
 */
export function mapRows(
  z: Float64Array,
  keys: number,
  weigh: (row: Float64Array) => Float64Array,
): Float64Array {
  if (!(Number.isInteger(keys) && keys >= 1) || z.length % keys !== 0) {
    throw new DomainError({
      doing: "weigh rows of scores",
      what: `${z.length} scores`,
      rule: "a multiple of the number of keys",
      got: keys,
    });
  }
  const weights = new Float64Array(z.length);
  for (let start = 0; start < z.length; start += keys) {
    const row = z.slice(start, start + keys);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    if (Number.isNaN(top) || top === Infinity) {
      throw new DomainError({
        doing: "weigh rows of scores",
        what: "scores",
        rule: "finite or -Infinity",
        got: top,
      });
    }
    weights.set(weigh(top === -Infinity ? row.fill(0) : row.map((score) => score - top)), start);
  }
  return weights;
}
