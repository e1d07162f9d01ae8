import { dotProduct } from "./dot_product.ts";

const f32 = Math.fround;

/**
 * The push towards the prompt less what the negative prompt's push has at right angles to it, c⁺ − w·c⁻⊥, image by
 * image. Armandpour et al., "Re-imagine the Negative Prompt Algorithm", 2023, with one negative
 * prompt.
 *
 * @param positive c⁺ = conditional − unconditional: float32, [B, C, H, W] flattened.
 * @param negative c⁻ = negative − unconditional: same shape.
 * @param weight w
 * @param batch B.
 */
export function perpendicularNegative(
  positive: Float32Array,
  negative: Float32Array,
  weight: number,
  batch: number,
): Float32Array {
  const size = positive.length / batch, w = f32(weight);
  const push = new Float32Array(positive.length);
  for (let from = 0; from < push.length; from += size) {
    const to = from + size;
    const squared = dotProduct(positive, positive, from, to);
    // without a push towards the prompt everything stands at right angles to it
    const along = squared > 0 ? f32(dotProduct(negative, positive, from, to) / squared) : 0;
    for (let j = from; j < to; j++) {
      push[j] = positive[j] - f32(w * f32(negative[j] - f32(along * positive[j])));
    }
  }
  return push;
}
