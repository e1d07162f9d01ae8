/**
 * The objects' drawings.
 *
 * @module
 */
import { BundleError, DomainError } from "../../errors.ts";
import { readJudgeFile } from "../../models/pocket/pocket_judge.ts";
import { decodeRgba } from "../../pipeline/png_codec.ts";
import { tintSprite } from "./tint_sprite.ts";
import { NAMES, WORLD } from "./world_data.ts";

/** Every object in every size and tint. */
export interface Sprites {
  /**
   * The drawing of an object. It is kept: do not change it.
   *
   * @param size Width and height, in pixels.
   * @returns [size, size, 4], RGBA, float32, 0 to 1, premultiplied.
   * @throws {DomainError} The world has no such object, size or tint.
   */
  get(name: string, size: number, tint?: string): Float32Array;
}

/** Where the drawings are fetched to, if they are not on this disk. */
export interface OpenSpritesOptions {
  /** Default: WINNOW_CACHE, else the platform's cache folder. */
  readonly cacheDir?: string;
  /** Cancels the opening. */
  readonly signal?: AbortSignal;
}

const WHITE = 255;
const CHANNELS = 4;
/** Rows of the sheet for each object. */
const ROW = Math.max(...WORLD.sizes);
const WIDTH = WORLD.sizes.reduce((sum, size) => sum + size, 0), HEIGHT = ROW * NAMES.length;

function check(what: string, got: string | number, known: readonly (string | number)[]): void {
  if (known.includes(got)) return;
  throw new DomainError({ doing: "draw an object", what, rule: `one of ${known.join(", ")}`, got });
}

/** Cuts an object out of the sheet, which has a row for each object and a column for each size. */
function cut(sheet: Uint8Array, name: string, size: number): Float32Array {
  const top = ROW * NAMES.indexOf(name);
  const left = WORLD.sizes.slice(0, WORLD.sizes.indexOf(size)).reduce((sum, size) => sum + size, 0);
  const sprite = new Float32Array(size * size * CHANNELS);
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * WIDTH + left) * CHANNELS, row = y * size * CHANNELS;
    for (let i = 0; i < size * CHANNELS; i++) sprite[row + i] = sheet[from + i] / WHITE;
  }
  return sprite;
}

/**
 * Reads the drawings, which lie beside the bundled model's judge.
 *
 * @throws {BundleError} The file is missing, damaged or cannot be fetched.
 */
export async function openSprites(options: OpenSpritesOptions = {}): Promise<Sprites> {
  const { width, height, data } = await decodeRgba(await readJudgeFile("sprites.png", options));
  if (width !== WIDTH || height !== HEIGHT) {
    throw new BundleError({
      doing: "read the drawings",
      what: "sprites.png",
      rule: `${WIDTH} x ${HEIGHT} pixels`,
      got: `${width} x ${height}`,
    });
  }
  const made = new Map<string, Float32Array>();
  function get(name: string, size: number, tint?: string): Float32Array {
    const key = `${name} ${size} ${tint ?? ""}`;
    let sprite = made.get(key);
    if (!sprite) {
      check("its name", name, NAMES);
      check("its size", size, WORLD.sizes);
      if (tint !== undefined) check("its tint", tint, WORLD.tints);
      sprite = tint ? tintSprite(get(name, size), tint, WORLD.objects[name].gain) : cut(data, name, size);
      made.set(key, sprite);
    }
    return sprite;
  }
  return Object.freeze({ get });
}
