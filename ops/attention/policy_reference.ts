import { denseWeights } from "./dense/reference.ts";
import { entmaxWeights } from "./entmax/reference.ts";
import { pladisWeights } from "./pladis/reference.ts";
import type { AttentionPolicy } from "./policy.ts";
import { temperatureWeights } from "./temperature/reference.ts";

/**
 * The weights of a policy in float64: the truth that its other forms are held against.
 *
 * A row whose every score is at or below `MASKED_SCORE` is uniform over its keys.
 *
 * @param z Scores, [rows, K]; −Infinity is a masked key.
 * @param keys K.
 * @returns Weights, [rows, K]; each row sums to 1.
 * @throws {DomainError} if α or λ is out of its domain, K does not divide the scores, or a score is NaN or +Infinity.
 */
export function policyReference(policy: AttentionPolicy, z: Float64Array, keys: number): Float64Array {
  switch (policy.kind) {
    case "dense":
      return denseWeights(z, keys);
    case "entmax":
      return entmaxWeights(z, keys, policy.alpha);
    case "temperature":
      return temperatureWeights(z, keys, policy.temperature);
    case "pladis":
      return pladisWeights(z, keys, policy.lambda, policy.alpha);
    default:
      return policy satisfies never;
  }
}
