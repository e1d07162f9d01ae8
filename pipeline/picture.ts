/**
 * Pixels that can become a PNG file.
 *
 * @module
 */

import { ImageError } from "../errors.ts";
import { writeAtomic, type WriteAtomicOptions } from "./atomic_write.ts";
import { encodePixels, type Pixels } from "./png_codec.ts";
import { addPngText } from "./png_text.ts";
import { VERSION } from "./version.ts";

/** Bytes of a pixel: R, G and B. */
const CHANNELS = 3;

/** An 8-bit RGB picture, and the text that its PNG file carries. */
export class Picture implements Pixels {
  /** W, in pixels. */
  readonly width: number;
  /** H, in pixels. */
  readonly height: number;
  /** [H, W, 3], uint8, 0 to 255, row by row from the top left. */
  readonly data: Uint8Array;

  /** @throws {ImageError} If `data` does not hold `width * height` RGB triples. */
  constructor(width: number, height: number, data: Uint8Array) {
    if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0)) {
      const rule = "two whole numbers above 0";
      throw new ImageError({ doing: "make a picture", what: "width and height", rule, got: [width, height] });
    }
    if (data.length !== width * height * CHANNELS) {
      throw new ImageError({
        doing: "make a picture",
        what: "data",
        rule: `${width} x ${height} RGB triples, ${width * height * CHANNELS} bytes`,
        got: data.length,
      });
    }
    this.width = width;
    this.height = height;
    this.data = data;
  }

  /** Keyword and text pairs for the PNG file. */
  protected texts(): readonly (readonly [string, string])[] {
    return [["Software", `Winnow ${VERSION}`]];
  }

  /** Encodes the picture as a PNG file with its text. Equal pictures give equal bytes. */
  async encodePng(): Promise<Uint8Array> {
    return await addPngText(await encodePixels(this), this.texts());
  }

  /**
   * Writes the picture as a PNG file: whole or not at all, creating the folders above it.
   *
   * @param path The file to write, ending in `.png`.
   * @throws {ImageError} If the name does not end in `.png`, or the file cannot be written.
   */
  async save(path: string | URL, options?: WriteAtomicOptions): Promise<void> {
    checkPngName(path);
    await writeAtomic(path, await this.encodePng(), options);
  }
}

/**
 * Holds a file's name to what will be in it.
 *
 * @throws {ImageError} If the name does not end in `.png`.
 */
export function checkPngName(path: string | URL): void {
  const name = path instanceof URL ? path.pathname : path;
  if (/\.png$/i.test(name)) return;
  throw new ImageError({
    doing: "write the picture",
    what: "the file's name",
    rule: "one that ends in .png",
    got: name,
    remedy: "PNG is the one format that is written.",
  });
}
