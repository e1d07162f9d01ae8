/**
 * The files that show attention maps.
 *
 * @module
 */
import { join } from "node:path";
import { writeAtomic, type WriteAtomicOptions } from "../pipeline/atomic_write.ts";
import type { AttentionMaps } from "../pipeline/attention_maps.ts";
import { enlarge } from "../pipeline/enlarge.ts";
import type { Pixels } from "../pipeline/png_codec.ts";
import { wordFileNames } from "./word_file_names.ts";

/** Pictures that are narrower are enlarged, so that labels and maps can be read. */
const LEAST_WIDTH = 256;

/**
 * Writes attention maps, each file whole or not at all:
 * - `NAME-maps.png`: the picture and the overlays of all words;
 * - `NAME-WORD.png`: the overlay of each word, those of one name numbered;
 * - `NAME-maps.npy`: the maps [steps, words, H, W], float32;
 * - `NAME-maps.json`: the words, their tokens and their files.
 *
 * @param folder Where to; made if it is not there.
 * @param name What the files' names begin with.
 * @param picture [H, W, 3], what was drawn with these maps.
 * @returns The files' paths, in the order above.
 * @throws {ImageError} If a file cannot be written.
 */
export async function writeMaps(
  folder: string,
  name: string,
  maps: AttentionMaps,
  picture: Pixels,
  options?: WriteAtomicOptions,
): Promise<string[]> {
  const shown = enlarge(picture, Math.ceil(LEAST_WIDTH / picture.width));
  const names = wordFileNames(maps.words.map(({ text }) => text), ["maps"]).map((word) =>
    `${name}-${word}.png`
  );
  const { steps, width, height } = maps;
  const words = maps.words.map(({ text, tokens }, i) => ({ text, tokens, file: names[i] }));
  const json = `${JSON.stringify({ steps, width, height, words }, null, 2)}\n`;

  // All is made before anything is written.
  const files: [string, Uint8Array][] = [[`${name}-maps.png`, await maps.sheet(shown).encodePng()]];
  for (const [i, file] of names.entries()) files.push([file, await maps.overlay(i, shown).encodePng()]);
  files.push([`${name}-maps.npy`, maps.toNpy()], [`${name}-maps.json`, new TextEncoder().encode(json)]);
  for (const [file, bytes] of files) await writeAtomic(join(folder, file), bytes, options);
  return files.map(([file]) => join(folder, file));
}
