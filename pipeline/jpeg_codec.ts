/**
 * The seam to jpeg-js, the one file that imports it, and only when a JPEG is read.
 *
 * @module
 */
import type { Orientation } from "./jpeg_header.ts";
import type { Pixels } from "./png_codec.ts";

interface JpegModule {
  readonly default: {
    decode(
      jpeg: Uint8Array,
      options: { useTArray: true; formatAsRGBA: false; tolerantDecoding: false; maxMemoryUsageInMB: number },
    ): { width: number; height: number; data: Uint8Array };
  };
}

const CHANNELS = 3;

/** Enough for the largest picture that is read: coefficients and pixels of 8192 x 8192. */
const MOST_MEGABYTES = 2048;

/** Where the pixel of a turned picture comes from: column and row of the stored one. */
function source(
  orientation: Orientation,
  { width, height }: Pixels,
): (x: number, y: number) => readonly [number, number] {
  const right = width - 1, bottom = height - 1;
  switch (orientation) {
    case 1:
      return (x, y) => [x, y];
    case 2:
      return (x, y) => [right - x, y];
    case 3:
      return (x, y) => [right - x, bottom - y];
    case 4:
      return (x, y) => [x, bottom - y];
    case 5:
      return (x, y) => [y, x];
    case 6:
      return (x, y) => [y, bottom - x];
    case 7:
      return (x, y) => [right - y, bottom - x];
    case 8:
      return (x, y) => [right - y, x];
    default:
      return orientation satisfies never;
  }
}

/** The picture the right way up, as Pillow's `ImageOps.exif_transpose` turns it. */
export function upright(pixels: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return pixels;
  const lies = orientation >= 5, from = source(orientation, pixels);
  const width = lies ? pixels.height : pixels.width, height = lies ? pixels.width : pixels.height;
  const data = new Uint8Array(pixels.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = from(x, y), at = CHANNELS * (row * pixels.width + column);
      data.set(pixels.data.subarray(at, at + CHANNELS), CHANNELS * (y * width + x));
    }
  }
  return { width, height, data };
}

/**
 * Decodes a JPEG, baseline or progressive, as it is stored.
 *
 * @throws {Error} if it is damaged.
 */
export async function decodeJpeg(jpeg: Uint8Array): Promise<Pixels> {
  const { default: { decode } } = await import("npm:jpeg-js@0.4.4") as unknown as JpegModule;
  const { width, height, data } = decode(jpeg, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxMemoryUsageInMB: MOST_MEGABYTES,
  });
  return { width, height, data };
}
