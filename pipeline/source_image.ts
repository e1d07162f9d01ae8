/**
 * The picture that a run starts from.
 *
 * @module
 */
import { ImageError } from "../errors.ts";
import { elementCount, type FloatTensor, floatTensor } from "../models/runtimes/tensor.ts";
import { MOST_SIDE } from "../recipes/recipes.ts";
import { decodeJpeg, upright } from "./jpeg_codec.ts";
import { isJpeg, readJpegHeader } from "./jpeg_header.ts";
import { inflate, notPng, pngChunks } from "./png_chunks.ts";
import { decodePixels, type Pixels } from "./png_codec.ts";
import { resizePixels } from "./resize_pixels.ts";

/**
 * A picture to start from: the bytes of a PNG or JPEG file, which is turned upright as its notes say; pixels, such as an `Image` that a run made; or a tensor, [3, H, W] or
 * [1, 3, H, W], float32, 0 to 1. An alpha channel is dropped.
 */
export type SourceImage = Uint8Array | Pixels | FloatTensor;

/** A {@linkcode SourceImage}, read. */
export interface OpenedImage {
  /** W, in pixels. */
  readonly width: number;
  /** H, in pixels. */
  readonly height: number;
  /** SHA-256, in hex, of what was given: the bytes of the file, of the pixels, or of the tensor's numbers. */
  readonly sha256: string;
  /**
   * The picture at a size, as encoders take it: [1, 3, height, width], float32, −1 to 1. Pixels are resized as diffusers
   * resizes them (Lanczos, to the byte as Pillow).
   *
   * @throws {ImageError} if it is a tensor of another size.
   */
  at(size: { readonly width: number; readonly height: number }): FloatTensor;
}

const CHANNELS = 3, WHITE = 255;
const doing = "start from the image";

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Rounded as NumPy and torch round: v / 255, then 2·x − 1, in float32. */
function planesOf({ width, height, data }: Pixels): FloatTensor {
  const plane = width * height, planes = new Float32Array(CHANNELS * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      planes[channel * plane + i] = 2 * Math.fround(data[i * CHANNELS + channel] / WHITE) - 1;
    }
  }
  return floatTensor([1, CHANNELS, height, width], planes);
}

async function openPixels(pixels: Pixels, sha256?: string): Promise<OpenedImage> {
  const { width, height, data } = pixels;
  if (!(width > 0 && height > 0 && data?.length === width * height * CHANNELS)) {
    const rule = "8-bit RGB, as many triples as width times height";
    throw new ImageError({ doing, what: "image", rule, got: [width, height, data?.length] });
  }
  checkSides(width, height);
  return {
    width,
    height,
    sha256: sha256 ?? await sha256Of(new Uint8Array(data)),
    at: (size) => planesOf(resizePixels(pixels, size)),
  };
}

/** Samples of a pixel by colour type: grey, RGB, palette, grey and alpha, RGB and alpha. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

function checkSides(width: number, height: number): void {
  if (width <= MOST_SIDE && height <= MOST_SIDE) return;
  const rule = `at most ${MOST_SIDE} pixels wide and high`;
  throw new ImageError({
    doing,
    what: "image",
    rule,
    got: `${width} × ${height}`,
    remedy: "Make it smaller.",
  });
}

/**
 * What the codec reads without a word, but wrongly, is refused here: other depths, interlaced files, and pixels that
 * are not all there; and, before anything is inflated, what is too large.
 */
async function checkPng(png: Uint8Array): Promise<void> {
  const chunks = await pngChunks(png), header = chunks[0]?.data;
  if (chunks[0]?.type !== "IHDR" || header.length !== 13) throw notPng("begun by its header");
  const view = new DataView(header.buffer, header.byteOffset),
    width = view.getUint32(0),
    height = view.getUint32(4);
  const [depth, colour, , , interlaced] = header.subarray(8);
  checkSides(width, height);
  if (!(depth >= 8 && interlaced === 0)) {
    const got = `${depth} ${depth === 1 ? "bit" : "bits"} a channel${interlaced ? ", interlaced" : ""}`;
    const rule = "a PNG of 8 or 16 bits a channel, not interlaced", remedy = "Save it again as an 8-bit PNG.";
    throw new ImageError({ doing, what: "image", rule, got, remedy });
  }
  // Each row has a byte more, which says how it was filtered.
  const size = height * (1 + width * (SAMPLES[colour] ?? NaN) * depth / 8);
  const pixels = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const there = (await inflate(pixels, "its pixels", size)).reduce((sum, { length }) => sum + length, 0);
  if (there !== size) throw notPng(`whole, but it has ${there} of ${size} bytes of pixels`);
}

async function openPng(png: Uint8Array): Promise<OpenedImage> {
  try {
    await checkPng(png);
  } catch (cause) {
    const { fault } = cause as ImageError;
    if (fault.doing === doing) throw cause;
    const remedy = "PNG and JPEG are the formats that are read: convert the picture.";
    throw new ImageError({ doing, what: "image", rule: fault.rule, remedy }, { cause });
  }
  let pixels: Pixels;
  try {
    pixels = await decodePixels(png);
  } catch (cause) {
    const remedy = "Save it again as an 8-bit PNG.";
    throw new ImageError(
      { doing, what: "image", rule: "a PNG that can be decoded", got: cause, remedy },
      { cause },
    );
  }
  return await openPixels(pixels, await sha256Of(new Uint8Array(png)));
}

async function openJpeg(jpeg: Uint8Array): Promise<OpenedImage> {
  const damaged = (cause: unknown) => {
    const got = cause instanceof Error ? cause.message : "no header";
    const remedy = "Save it again as JPEG or PNG.";
    return new ImageError({ doing, what: "image", rule: "a JPEG that can be decoded", got, remedy }, {
      cause,
    });
  };
  try {
    const header = readJpegHeader(jpeg);
    if (!header) throw damaged(undefined);
    checkSides(header.width, header.height);
    const pixels = upright(await decodeJpeg(jpeg), header.orientation);
    return await openPixels(pixels, await sha256Of(new Uint8Array(jpeg)));
  } catch (cause) {
    throw cause instanceof ImageError ? cause : damaged(cause);
  }
}

async function openTensor({ shape, data }: FloatTensor): Promise<OpenedImage> {
  const sides = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const [channels, height, width] = sides;
  const isImage = sides.length === 3 && channels === CHANNELS && data instanceof Float32Array &&
    data.length === elementCount(sides);
  if (!isImage) {
    const rule = "a float32 tensor [3, H, W] or [1, 3, H, W]";
    throw new ImageError({ doing, what: "image", rule, got: shape });
  }
  checkSides(width, height);
  const outside = data.find((x) => !(x >= 0 && x <= 1));
  if (outside !== undefined) {
    throw new ImageError({ doing, what: "image", rule: "a tensor of numbers from 0 to 1", got: outside });
  }
  return {
    width,
    height,
    sha256: await sha256Of(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    at(size) {
      if (size.width !== width || size.height !== height) {
        const rule = `a tensor of the run's size, ${size.width} × ${size.height} pixels`;
        const remedy = "Give pixels instead, which are resized.";
        throw new ImageError({ doing, what: "image", rule, got: `${width} × ${height}`, remedy });
      }
      return floatTensor([1, CHANNELS, height, width], data.map((x) => 2 * x - 1));
    },
  };
}

/**
 * Reads a picture to start from.
 *
 * @throws {ImageError} if it is no whole PNG file of 8 or 16 bits a channel, no JPEG file, or no picture of RGB, or a tensor of another
 *   shape or range, or larger than a recipe's size may be.
 */
export async function openSourceImage(image: SourceImage): Promise<OpenedImage> {
  if (image instanceof Uint8Array) return isJpeg(image) ? await openJpeg(image) : await openPng(image);
  if (typeof image === "object" && image !== null) {
    if ("shape" in image) return await openTensor(image);
    if ("width" in image) return await openPixels(image);
  }
  const rule = "the bytes of a PNG or JPEG file, pixels, or a tensor";
  throw new ImageError({ doing, what: "image", rule, got: image });
}
