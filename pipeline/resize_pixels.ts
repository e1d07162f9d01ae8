/**
 * Resizing as Pillow's `Image.resize(size, Image.LANCZOS)`, which is how diffusers brings a picture to a run's size: to
 * the byte the same.
 *
 * @module
 */
import type { Pixels } from "./png_codec.ts";

/** How many pixels to each side Lanczos' kernel reaches, where nothing is shrunk. Duchon, 1979. */
const REACH = 3;
/** Pillow's weights are whole numbers: fractions of 2²². */
const ONE = 2 ** 22;
const CHANNELS = 3, WHITE = 255;

/** The pixels of a line that a pixel of the new line is made of, and their weights. */
interface Tap {
  readonly first: number;
  readonly weights: readonly number[];
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

function lanczos(x: number): number {
  return x >= -REACH && x < REACH ? sinc(x) * sinc(x / REACH) : 0;
}

/** Shrinking widens the kernel, so that every pixel of the old line counts. */
function tapsOf(from: number, to: number): Tap[] {
  const scale = from / to, widening = Math.max(scale, 1), reach = REACH * widening;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const end = Math.min(Math.trunc(centre + reach + 0.5), from);
    const raw = Array.from({ length: end - first }, (_, k) => lanczos((first + k - centre + 0.5) / widening));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    const weights = raw.map((weight) => Math.trunc(weight / sum * ONE + (weight / sum < 0 ? -0.5 : 0.5)));
    return { first, weights };
  });
}

/**
 * One pass, along lines of `taps.length` new pixels.
 *
 * @param lines How many lines there are.
 * @param stride Bytes from one pixel of a line to its next, in old and new alike, and from a line to the next.
 */
function resizeLines(
  data: Uint8Array,
  taps: readonly Tap[],
  lines: number,
  stride: { readonly pixel: number; readonly line: number; readonly newLine: number },
): Uint8Array {
  const resized = new Uint8Array(lines * taps.length * CHANNELS);
  for (let line = 0; line < lines; line++) {
    for (const [i, { first, weights }] of taps.entries()) {
      const from = line * stride.line + first * stride.pixel;
      const to = line * stride.newLine + i * stride.pixel;
      for (let channel = 0; channel < CHANNELS; channel++) {
        let sum = ONE / 2;
        for (let k = 0; k < weights.length; k++) sum += data[from + k * stride.pixel + channel] * weights[k];
        resized[to + channel] = Math.min(Math.max(Math.floor(sum / ONE), 0), WHITE);
      }
    }
  }
  return resized;
}

/**
 * The picture in another size.
 *
 * @param size New width and height in pixels, whole numbers from 1.
 */
export function resizePixels(
  { width, height, data }: Pixels,
  size: { readonly width: number; readonly height: number },
): Pixels {
  const across = size.width === width ? data : resizeLines(data, tapsOf(width, size.width), height, {
    pixel: CHANNELS,
    line: width * CHANNELS,
    newLine: size.width * CHANNELS,
  });
  const down = size.height === height
    ? across
    : resizeLines(across, tapsOf(height, size.height), size.width, {
      pixel: size.width * CHANNELS,
      line: CHANNELS,
      newLine: CHANNELS,
    });
  return { ...size, data: down };
}
