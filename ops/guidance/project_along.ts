import { dotProduct } from "./dot_product.ts";

/** Below this length a direction is none. */
const LEAST_NORM = 1e-12;

const f32 = Math.fround;

/**
 * v with `weight` times what it has along `direction`, and all that stands at right angles to it, block by block: the
 * two parts in float64, their sum in float32.
 *
 * @param v float32.
 * @param direction Same length.
 * @param weight 1 leaves v as it is, 0 takes its parallel part away.
 * @param block Values that make up one vector: an image or a channel.
 */
export function projectAlong(
  v: Float32Array,
  direction: Float32Array,
  weight: number,
  block: number,
): Float32Array {
  const weighted = new Float32Array(v.length), w = f32(weight);
  for (let from = 0; from < v.length; from += block) {
    const to = from + block;
    const norm = Math.max(Math.sqrt(dotProduct(direction, direction, from, to)), LEAST_NORM);
    const along = dotProduct(v, direction, from, to) / norm / norm;
    for (let j = from; j < to; j++) {
      const parallel = along * direction[j];
      weighted[j] = f32(v[j] - parallel) + f32(w * f32(parallel));
    }
  }
  return weighted;
}
