/**
 * Objects in shades of one colour.
 *
 * @module
 */
import { WORLD } from "./world_data.ts";

/** Below it a pixel is as good as transparent. */
const LEAST_ALPHA = 1e-6;
/** The largest value of a channel. */
const WHITE = 255;

const clamp = (x: number) => Math.min(1, Math.max(0, x));

/**
 * The sprite in shades of a colour: its darks stay black, its lights go towards white.
 *
 * @param rgba [N, 4], 0 to 1, premultiplied.
 * @param tint A colour of the world.
 * @param gain What brings the sprite's mean lightness to that of all tinted ones.
 */
export function tintSprite(rgba: Float32Array, tint: string, gain: number): Float32Array {
  const { luma, knee, gloss } = WORLD.shading;
  const color = WORLD.colors[tint].map((value) => value / WHITE);
  const tinted = new Float32Array(rgba.length);
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3];
    const lightness = luma[0] * rgba[i] + luma[1] * rgba[i + 1] + luma[2] * rgba[i + 2];
    const light = clamp(gain * lightness / Math.max(alpha, LEAST_ALPHA));
    const dark = Math.min(1, light / knee), shine = gloss * Math.max(0, (light - knee) / (1 - knee));
    for (let channel = 0; channel < 3; channel++) {
      const shade = color[channel] * dark;
      tinted[i + channel] = (shade + (1 - shade) * shine) * alpha;
    }
    tinted[i + 3] = alpha;
  }
  return tinted;
}
