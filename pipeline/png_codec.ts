/**
 * The seam to imagescript's PNG codec, the one file that imports it.
 *
 * Only the package's pure JavaScript codec is loaded (about 13 ms; not the package's entry point, which loads native
 * code for JPEG and WebP, takes ten times as long and stamps the current time into each file), and only when the
 * first picture is encoded.
 *
 * @module
 */

/** An 8-bit RGB picture: `data` is [H, W, 3], row by row from the top left. */
export interface Pixels {
  /** W, in pixels. */
  readonly width: number;
  /** H, in pixels. */
  readonly height: number;
  /** RGB triples, 0 to 255: `width * height * 3` bytes. */
  readonly data: Uint8Array;
}

interface PngModule {
  encode(
    data: Uint8Array,
    options: { width: number; height: number; channels: number; depth: number; level: number },
  ): Uint8Array;
  decode(png: Uint8Array): { width: number; height: number; buffer: Uint8Array };
}

interface CrcModule {
  crc32(bytes: Uint8Array): number;
}

/** Fixed, so that equal pixels give equal bytes. */
const COMPRESSION_LEVEL = 6;
const RGB_CHANNELS = 3;
const RGBA_CHANNELS = 4;

/** Encodes `pixels` as PNG (8-bit truecolour, no alpha). The bytes depend on the pixels alone. */
export async function encodePixels(pixels: Pixels): Promise<Uint8Array> {
  const { encode }: PngModule = await import("npm:imagescript@1.3.1/png/src/png.mjs");
  const { width, height, data } = pixels;
  return encode(data, { width, height, channels: RGB_CHANNELS, depth: 8, level: COMPRESSION_LEVEL });
}

/** Decodes an 8-bit PNG into width, height and [H, W, 4] bytes, RGBA as they are in the file. */
export async function decodeRgba(
  png: Uint8Array,
): Promise<{ readonly width: number; readonly height: number; readonly data: Uint8Array }> {
  const { decode }: PngModule = await import("npm:imagescript@1.3.1/png/src/png.mjs");
  const { width, height, buffer } = decode(png);
  return { width, height, data: buffer };
}

/** Decodes the PNG files that {@linkcode encodePixels} writes; an alpha channel is dropped. */
export async function decodePixels(png: Uint8Array): Promise<Pixels> {
  const { width, height, data: rgba } = await decodeRgba(png);
  const data = new Uint8Array(width * height * RGB_CHANNELS);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < RGB_CHANNELS; channel++) {
      data[pixel * RGB_CHANNELS + channel] = rgba[pixel * RGBA_CHANNELS + channel];
    }
  }
  return { width, height, data };
}

/** The CRC-32 function of PNG chunks (ISO 3309), unsigned. */
export async function loadCrc32(): Promise<(bytes: Uint8Array) => number> {
  const { crc32 }: CrcModule = await import("npm:imagescript@1.3.1/png/src/crc.mjs");
  return (bytes) => crc32(bytes) >>> 0;
}
