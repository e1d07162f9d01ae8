/**
 * A picture in grey, tinted by a heat map.
 *
 * @module
 */
import { enlargeMap, type GridSize } from "./enlarge_map.ts";
import { HEAT_COLORS } from "./heat_colors.ts";
import { Picture } from "./picture.ts";
import type { Pixels } from "./png_codec.ts";

const CHANNELS = 3;
/** How bright red, green and blue are to the eye: Rec. ITU-R BT.709. */
const LUMA = [0.2126, 0.7152, 0.0722] as const;

/**
 * Tints a picture.
 *
 * @param picture [H, W, 3] and its sizes.
 * @param map Heat [h, w], of any scale: its maximum gets the brightest colour, 0 and what is below it the darkest.
 * @param size w and h.
 * @param opacity How much of each pixel is the colour, 0 to 1.
 */
export function heatOverlay(picture: Pixels, map: Float32Array, size: GridSize, opacity: number): Picture {
  const { width, height } = picture;
  const heat = enlargeMap(Float64Array.from(map), size, picture);
  const most = heat.reduce((a, b) => Math.max(a, b), 0);
  const data = new Uint8Array(width * height * CHANNELS);
  for (let pixel = 0; pixel < heat.length; pixel++) {
    const at = pixel * CHANNELS;
    const grey = LUMA.reduce((sum, share, channel) => sum + share * picture.data[at + channel], 0);
    const level = most > 0 ? Math.max(heat[pixel], 0) / most : 0;
    const color = HEAT_COLORS[Math.round(level * (HEAT_COLORS.length - 1))];
    for (let channel = 0; channel < CHANNELS; channel++) {
      data[at + channel] = Math.round(grey + (color[channel] - grey) * opacity);
    }
  }
  return new Picture(width, height, data);
}
