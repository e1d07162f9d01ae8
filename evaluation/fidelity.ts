/**
 * How far a picture is from the nearest true drawing of its scene.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import type { Pixels } from "../pipeline/png_codec.ts";
import { nearestOffsets } from "./nearest_drawing.ts";
import { unitPixels } from "./picture_pixels.ts";
import type { Scene } from "./scene.ts";
import { drawScene, type Offset } from "./world/draw_scene.ts";
import type { Sprites } from "./world/sprites.ts";
import { SIZE } from "./world/world_data.ts";

/** The distance to the nearest true drawing. */
export interface Fidelity {
  /** Peak signal-to-noise ratio in dB, for a peak of 1; at most that of rounding to 8 bits, 58.9, so that it is finite. */
  readonly psnr: number;
  /** Root mean square error over pixels and channels, 0 to 1. */
  readonly rmse: number;
  /** How that drawing moves each object, within the jitter that drawings allow. */
  readonly offsets: readonly Offset[];
}

/** The mean square error that rounding to 8 bits brings: that of a uniform distribution one step wide. */
const ROUNDING = 1 / (12 * 255 ** 2);

function meanSquare(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
}

/**
 * Compares a picture with the nearest true drawing of its scene: each object where the drawing may place it (up to two
 * pixels from where the scene has it, small ones one), in the objects' own shapes and colours. Sharpening, blur and
 * distortion lower it as well as a wrong object does.
 *
 * @param picture A picture of any size, which is brought to 64x64 by area; or [64, 64, 3], RGB, float32, 0 to 1.
 * @throws {DomainError} The array is not so long, or holds a NaN.
 */
export function fidelity(scene: Scene, picture: Pixels | Float32Array, sprites: Sprites): Fidelity {
  const pixels = picture instanceof Float32Array ? picture : unitPixels(picture);
  if (pixels.length !== 3 * SIZE * SIZE) {
    const rule = `[${SIZE}, ${SIZE}, 3], ${3 * SIZE * SIZE} numbers`;
    throw new DomainError({ doing: "compare with drawings", what: "the picture", rule, got: pixels.length });
  }
  const offsets = nearestOffsets(scene, pixels, sprites);
  const error = meanSquare(pixels, drawScene(scene, sprites, offsets));
  if (!Number.isFinite(error)) {
    throw new DomainError({
      doing: "compare with drawings",
      what: "the picture",
      rule: "finite numbers",
      got: error,
    });
  }
  return { psnr: -10 * Math.log10(Math.max(error, ROUNDING)), rmse: Math.sqrt(error), offsets };
}
