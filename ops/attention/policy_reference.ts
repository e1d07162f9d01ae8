import { denseReference } from "./dense/reference.ts";
import { entmaxReference } from "./entmax/reference.ts";
import { pladisReference } from "./pladis/reference.ts";
import type { AttentionPolicy } from "./policy.ts";

/**
 * A policy in float64: the truth that every other form is held to.
 *
 * @param z Scores, [rows, K keys].
 * @param keys K.
 * @returns Weights, [rows, K].
 * @throws {DomainError} if a parameter is out of range, or the scores do not divide into rows.
 */
export function policyReference(policy: AttentionPolicy, z: Float64Array, keys: number): Float64Array {
  switch (policy.kind) {
    case "dense":
      return denseReference(z, keys);
    case "entmax":
      return entmaxReference(z, keys, policy.alpha);
    case "pladis":
      return pladisReference(z, keys, policy.lambda, policy.alpha);
    default:
      return policy satisfies never;
  }
}
