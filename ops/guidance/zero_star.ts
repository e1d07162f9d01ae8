import { dotProduct } from "./dot_product.ts";

/** Keeps the quotient finite where the unconditional prediction is zero. */
const EPSILON = 1e-8;

const f32 = Math.fround;

/**
 * s·u with s = ⟨c, u⟩ / ‖u‖²: the multiple of the unconditional prediction that is nearest to the conditional one,
 * image by image. Fan et al., "CFG-Zero*", 2025.
 *
 * @param unconditional u: float32, [B, C, H, W] flattened.
 * @param conditional c: same shape.
 * @param batch B.
 */
export function zeroStar(
  unconditional: Float32Array,
  conditional: Float32Array,
  batch: number,
): Float32Array {
  const size = unconditional.length / batch;
  const scaled = new Float32Array(unconditional.length);
  for (let from = 0; from < scaled.length; from += size) {
    const to = from + size;
    const squared = f32(f32(dotProduct(unconditional, unconditional, from, to)) + EPSILON);
    const s = f32(f32(dotProduct(conditional, unconditional, from, to)) / squared);
    for (let j = from; j < to; j++) scaled[j] = s * unconditional[j];
  }
  return scaled;
}
