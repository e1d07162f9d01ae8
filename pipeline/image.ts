/**
 * The image that a run makes.
 *
 * @module
 */

import { ImageError } from "../errors.ts";
import type { AttentionMaps } from "./attention_maps.ts";
import { type ImageMetadata, metadataTexts } from "./image_metadata.ts";
import { Picture } from "./picture.ts";

/** The largest value of a channel. */
const WHITE = 255;

/** An 8-bit RGB picture together with everything that is needed to make it again; its PNG file carries both. */
export class Image extends Picture {
  /** What made this image: prompt, seed, recipe, version, hashes of the model's files. */
  readonly metadata: ImageMetadata;
  /** Where each word of the prompt was attended to, of a pipeline that was told to record it. */
  readonly attentionMaps?: AttentionMaps;

  /**
   * @param width W, in pixels.
   * @param height H, in pixels.
   * @param data [H, W, 3], uint8, row by row from the top left.
   * @param metadata What made it.
   * @param attentionMaps Where words were attended to, if that was recorded.
   * @throws {ImageError} If `data` does not hold `width * height` RGB triples.
   */
  constructor(
    width: number,
    height: number,
    data: Uint8Array,
    metadata: ImageMetadata,
    attentionMaps?: AttentionMaps,
  ) {
    super(width, height, data);
    this.metadata = metadata;
    if (attentionMaps) this.attentionMaps = attentionMaps;
  }

  protected override texts(): readonly (readonly [string, string])[] {
    return metadataTexts(this.metadata, this.width, this.height);
  }

  /**
   * Makes an image from a decoder's output: `round(255 x)` per channel in float32, halves to even, which is what
   * diffusers' `VaeImageProcessor.numpy_to_pil` does. Values outside 0 to 1 are clamped.
   *
   * @param chw [3, H, W], float32, 0 to 1.
   * @param width W, in pixels.
   * @param height H, in pixels.
   * @param metadata What made it.
   * @param attentionMaps Where words were attended to, if that was recorded.
   * @throws {ImageError} If `chw` is not `3 * height * width` long, or holds a NaN or infinity (which a float16
   *   decoder may give, and which would otherwise pass as a black picture).
   */
  static fromTensor(
    chw: Float32Array,
    width: number,
    height: number,
    metadata: ImageMetadata,
    attentionMaps?: AttentionMaps,
  ): Image {
    const plane = width * height;
    if (chw.length !== 3 * plane) {
      throw new ImageError({
        doing: "make an image",
        what: "the decoder's output",
        rule: `[3, ${height}, ${width}], ${3 * plane} numbers`,
        got: chw.length,
      });
    }
    const data = new Uint8Array(3 * plane);
    for (let channel = 0; channel < 3; channel++) {
      for (let pixel = 0; pixel < plane; pixel++) {
        const x = chw[channel * plane + pixel];
        if (!Number.isFinite(x)) {
          throw new ImageError({
            doing: "make an image",
            what: "the decoder's output",
            rule: "finite numbers",
            got: x,
            remedy: "float16 weights can overflow: use a float32 decoder, or another device.",
          });
        }
        data[pixel * 3 + channel] = roundHalfEven(Math.fround(WHITE * Math.min(Math.max(x, 0), 1)));
      }
    }
    return new Image(width, height, data, metadata, attentionMaps);
  }
}

/** NumPy's rounding; `Math.round` takes halves up. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const above = x - floor;
  return above > 0.5 || (above === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
