import { softmaxRow } from "../dense/reference.ts";
import { checkTemperature } from "../policy.ts";
import { mapRows } from "../score_rows.ts";

/**
 * softmax(z / T) for scores [rows, K], in float64.
 *
 * @throws {DomainError} if T is out of its domain, or K does not divide the scores.
 */
export function temperatureWeights(z: Float64Array, keys: number, temperature: number): Float64Array {
  checkTemperature(temperature);
  return mapRows(z, keys, (row) => softmaxRow(row.map((score) => score / temperature)));
}
