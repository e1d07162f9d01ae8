/**
 * Pictures as the judge and the drawings have them: 64x64, in floats.
 *
 * @module
 */
import type { Pixels } from "../pipeline/png_codec.ts";
import { SIZE } from "./world/world_data.ts";

const CHANNELS = 3;
const WHITE = 255;

/** For each of 64 equal parts of `length` pixels: the pixels that lie in it, and how much of each, summing to 1. */
function shares(length: number): { readonly from: number; readonly weights: readonly number[] }[] {
  const step = length / SIZE;
  return Array.from({ length: SIZE }, (_, i) => {
    const start = i * step, end = (i + 1) * step;
    const from = Math.floor(start), to = Math.min(length, Math.max(from + 1, Math.ceil(end)));
    const weights = Array.from(
      { length: to - from },
      (_, k) => (Math.min(end, from + k + 1) - Math.max(start, from + k)) / step,
    );
    return { from, weights };
  });
}

/**
 * A picture of any size brought to 64x64, each pixel the mean of the area that it covers.
 *
 * @returns [64, 64, 3], RGB, float32, 0 to 1, row by row from the top left.
 */
export function unitPixels({ width, height, data }: Pixels): Float32Array {
  if (width === SIZE && height === SIZE) return Float32Array.from(data, (value) => value / WHITE);
  const pixels = new Float32Array(SIZE * SIZE * CHANNELS);
  const columns = shares(width);
  shares(height).forEach((row, y) => {
    columns.forEach((column, x) => {
      for (let channel = 0; channel < CHANNELS; channel++) {
        let sum = 0;
        row.weights.forEach((high, i) => {
          const line = (row.from + i) * width + column.from;
          column.weights.forEach((wide, k) => sum += high * wide * data[(line + k) * CHANNELS + channel]);
        });
        pixels[(y * SIZE + x) * CHANNELS + channel] = sum / WHITE;
      }
    });
  });
  return pixels;
}
