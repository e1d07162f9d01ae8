/**
 * The files that show attention maps.
 *
 * @module
 */
import { join } from "node:path";
import { checkWritable, writeAtomic, type WriteAtomicOptions } from "../pipeline/atomic_write.ts";
import type { AttentionMaps } from "../pipeline/attention_maps.ts";
import { enlarge } from "../pipeline/enlarge.ts";
import type { Pixels } from "../pipeline/png_codec.ts";
import { wordFileNames } from "./word_file_names.ts";

/** Pictures that are narrower are enlarged, so that labels and maps can be read. */
const LEAST_WIDTH = 256;

const sheetName = (name: string) => `${name}-maps.png`;
const numbersName = (name: string) => `${name}-maps.npy`;
/** The name of the file that names all others. */
export const legendName = (name: string) => `${name}-maps.json`;

/** A file for each word, in their order. */
function overlayNames(name: string, words: readonly string[]): string[] {
  return wordFileNames(words, ["maps"]).map((word) => `${name}-${word}.png`);
}

/**
 * Finds out before the work whether maps can be kept.
 *
 * @param prompt Of which not all words need have a file in the end.
 * @throws {ImageError} If the folder is a file, or cannot be written; or if a name is too long for it.
 */
export async function checkMapsFolder(folder: string, name: string, prompt: string): Promise<void> {
  const words = overlayNames(name, prompt.split(/\s+/).filter((word) => word !== ""));
  const bytes = (file: string) => new TextEncoder().encode(file).length;
  const [longest] = words.toSorted((a, b) => bytes(b) - bytes(a));
  for (const file of [sheetName(name), numbersName(name), legendName(name), longest ?? sheetName(name)]) {
    await checkWritable(join(folder, file));
  }
}

/**
 * Writes attention maps, each file whole or not at all:
 * - `NAME-maps.png`: the picture and the overlays of all words;
 * - `NAME-WORD.png`: the overlay of each word, those of one name numbered; none if no step has maps;
 * - `NAME-maps.npy`: the maps [steps, words, H, W], float32;
 * - `NAME-maps.json`: the words, their tokens and their files; the words that were cut off, if any; and if not all steps
 *   have maps, those that have, from 0.
 *
 * Files that are there are replaced.
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
  const { steps, recorded, width, height, cutOff } = maps;
  const names = recorded.length > 0 ? overlayNames(name, maps.words.map(({ text }) => text)) : [];
  const words = maps.words.map(({ text, tokens }, i) => ({ text, tokens, file: names[i] }));
  const legend = {
    steps,
    ...(recorded.length < steps ? { recorded } : {}),
    width,
    height,
    words,
    ...(cutOff.length > 0 ? { cutOff } : {}),
  };

  // All is made before anything is written.
  const files: [string, Uint8Array][] = [[sheetName(name), await maps.sheet(shown).encodePng()]];
  for (const [i, file] of names.entries()) {
    options?.signal?.throwIfAborted();
    files.push([file, await maps.overlay(i, shown).encodePng()]);
  }
  const json = `${JSON.stringify(legend, null, 2)}\n`;
  files.push([numbersName(name), maps.toNpy()], [legendName(name), new TextEncoder().encode(json)]);
  for (const [file, bytes] of files) await writeAtomic(join(folder, file), bytes, options);
  return files.map(([file]) => join(folder, file));
}
