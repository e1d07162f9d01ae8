import { dotProduct } from "./dot_product.ts";
import type { ApgData } from "./guidance_data.ts";
import type { LatentShape } from "./guidance_branch.ts";
import { projectAlong } from "./project_along.ts";

const f32 = Math.fround;

/** What APG makes of a push, and what it remembers of it. */
export interface AdaptedPush {
  readonly push: Float32Array;
  /** The running sum of pushes, for the next step; absent without momentum. */
  readonly momentum?: Float32Array;
}

/** Cuts each block to the length `most`. */
function shorten(push: Float32Array, most: number, block: number): Float32Array {
  const cut = new Float32Array(push.length);
  for (let from = 0; from < push.length; from += block) {
    const norm = f32(Math.sqrt(dotProduct(push, push, from, from + block)));
    const factor = Math.min(1, f32(most / norm));
    for (let j = from; j < from + block; j++) cut[j] = push[j] * factor;
  }
  return cut;
}

/**
 * The push c − u with momentum, cut to a length, and weaker along the conditional prediction. Sadat et al.,
 * "Eliminating Oversaturation and Artifacts of High Guidance Scales in Diffusion Models", 2024.
 *
 * @param push c − u: float32, [B, C, H, W] flattened.
 * @param conditional c: same shape.
 * @param before What the last step remembered.
 */
export function adaptPush(
  push: Float32Array,
  conditional: Float32Array,
  { eta, momentum: beta, normThreshold, over }: Pick<ApgData, "eta" | "momentum" | "normThreshold" | "over">,
  [, channels, height, width]: LatentShape,
  before?: Float32Array,
): AdaptedPush {
  const block = height * width * (over === "image" ? channels : 1);
  const b = f32(beta ?? 0);
  const sum = beta === undefined || before === undefined
    ? push
    : push.map((value, j) => value + f32(b * before[j]));
  const bounded = normThreshold > 0 ? shorten(sum, normThreshold, block) : sum;
  const adapted = projectAlong(bounded, conditional, eta, block);
  return { push: adapted, ...(beta === undefined ? {} : { momentum: sum }) };
}
