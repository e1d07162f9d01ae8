/**
 * From a decoded batch to images.
 *
 * @module
 */
import type { FloatTensor } from "../models/runtimes/tensor.ts";
import type { AttentionMaps } from "./attention_maps.ts";
import { Image } from "./image.ts";
import type { ImageMetadata } from "./image_metadata.ts";

/**
 * The images of a batch.
 *
 * @param pixels [B, 3, H, W], float32, 0 to 1.
 * @param metadata Of each.
 */
export function imagesOf(
  pixels: FloatTensor,
  metadata: readonly ImageMetadata[],
  maps: readonly AttentionMaps[] = [],
): Image[] {
  const [batch, channels, height, width] = pixels.shape;
  const size = channels * height * width;
  return Array.from(
    { length: batch },
    (_, i) =>
      Image.fromTensor(pixels.data.subarray(i * size, (i + 1) * size), width, height, metadata[i], maps[i]),
  );
}
