import { denseWeights } from "../dense/reference.ts";
import type { AttentionPolicy } from "../policy.ts";
import { policyReference } from "../policy_reference.ts";
import type { JointReach } from "./joint_reach.ts";

/**
 * The weights of joint attention in float64. With P = softmax(z) over all keys and m = Σ P over the text's, a row of an
 * image query keeps P on the image's keys and has m·policy(z_text) on the text's; a row of a text query is P.
 *
 * @param z Scores, [rows, K]; of Q consecutive rows each is one query of a sequence.
 * @param sizes Q and K.
 * @returns Weights, [rows, K]; each row sums to 1.
 * @throws {DomainError} if α or λ is out of its domain, K does not divide the scores, or a score is NaN or +Infinity.
 */
export function jointReference(
  policy: AttentionPolicy,
  z: Float64Array,
  { queries, keys }: { readonly queries: number; readonly keys: number },
  reach: JointReach,
): Float64Array {
  const weights = denseWeights(z, keys);
  const [from, to] = reach.keys;
  for (let row = 0; row * keys < z.length; row++) {
    const query = row % queries;
    if (query < reach.queries[0] || query >= reach.queries[1]) continue;
    const text = weights.subarray(row * keys + from, row * keys + to);
    const mass = text.reduce((sum, weight) => sum + weight, 0);
    const own = policyReference(policy, z.slice(row * keys + from, row * keys + to), to - from);
    text.set(own.map((weight) => mass * weight));
  }
  return weights;
}
