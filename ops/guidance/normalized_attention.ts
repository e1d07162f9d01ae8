import type { NagData } from "./guidance_data.ts";

/**
 * A cross-attention's result, pushed away from the negative prompt's and kept within reach of the prompt's own:
 * z = p + (s − 1)·(p − n), cut so that ‖z‖₁ ≤ τ·‖p‖₁ in each query, then α·z + (1 − α)·p. In float64. Chen et al.,
 * "Normalized Attention Guidance", 2025, with s counted as in its authors' code.
 *
 * @param positive p: what each query attends to in the prompt, [Q, D] flattened.
 * @param negative n: in the negative prompt, same shape.
 * @param features D.
 */
export function normalizedAttention(
  positive: Float32Array,
  negative: Float32Array,
  { scale, tau, alpha }: NagData,
  features: number,
): Float32Array {
  const guided = new Float32Array(positive.length);
  for (let from = 0; from < guided.length; from += features) {
    const query = Array.from(positive.subarray(from, from + features));
    const extrapolated = query.map((p, d) => p + (scale - 1) * (p - negative[from + d]));
    const length = (values: readonly number[]) => values.reduce((sum, value) => sum + Math.abs(value), 0);
    const most = tau * length(query), found = length(extrapolated);
    const factor = found > most ? most / found : 1;
    query.forEach((p, d) => guided[from + d] = alpha * factor * extrapolated[d] + (1 - alpha) * p);
  }
  return guided;
}
