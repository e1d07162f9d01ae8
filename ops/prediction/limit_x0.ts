/** Keeping the predicted image within the range of images. Meant for pixels; latents have no such range. */

/** How x₀ is limited. Plain data. */
export type Limit =
  | { readonly kind: "none" }
  | { readonly kind: "clip"; readonly range: number }
  | { readonly kind: "threshold"; readonly ratio: number; readonly max: number };

const f32 = Math.fround;

/** The `ratio` quantile of |x|, linear between neighbours, in float32 as torch.quantile. */
function magnitudeQuantile(x: Float32Array, ratio: number): number {
  const sorted = new Float32Array(x.length);
  for (let j = 0; j < x.length; j++) sorted[j] = Math.abs(x[j]);
  sorted.sort();
  const rank = f32(f32(ratio) * (sorted.length - 1));
  const low = Math.floor(rank), weight = f32(rank - low);
  const below = sorted[low], above = sorted[Math.min(low + 1, sorted.length - 1)];
  return f32(below + f32(weight * f32(above - below)));
}

/** Dynamic thresholding of one image, in place. Saharia et al. 2022 (Imagen), section 2.3. */
function threshold(x0: Float32Array, ratio: number, max: number): void {
  const s = Math.min(Math.max(magnitudeQuantile(x0, ratio), 1), f32(max));
  for (let j = 0; j < x0.length; j++) x0[j] = Math.min(Math.max(x0[j], -s), s) / s;
}

/**
 * x₀ within its limit: unchanged, clipped to ±range, or dynamically thresholded image by image.
 *
 * @param x0 float32, [B, C, H, W] flattened. Not changed.
 * @param batch B.
 * @returns float32, same shape; x₀ itself where there is no limit.
 */
export function limitX0(limit: Limit, x0: Float32Array, batch: number): Float32Array {
  switch (limit.kind) {
    case "none":
      return x0;
    case "clip": {
      const range = f32(limit.range);
      const clipped = new Float32Array(x0.length);
      for (let j = 0; j < x0.length; j++) clipped[j] = Math.min(Math.max(x0[j], -range), range);
      return clipped;
    }
    case "threshold": {
      const limited = x0.slice();
      const size = x0.length / batch;
      for (let b = 0; b < batch; b++) {
        threshold(limited.subarray(b * size, (b + 1) * size), limit.ratio, limit.max);
      }
      return limited;
    }
    default:
      return limit satisfies never;
  }
}
