/**
 * The attention maps of all pictures of a run.
 *
 * @module
 */
import { basename } from "node:path";
import type { Image } from "../pipeline/image.ts";
import { earlierMaps, leftBehind } from "./earlier_maps.ts";
import { checkMapsFolder, writeMaps } from "./maps_folder.ts";

/** Maps are named after their picture: `cat` for `pictures/cat.PNG`. */
const nameOf = (file: string) => basename(file).replace(/\.png$/i, "");

/**
 * Finds out before the work whether the maps of these pictures can be kept.
 *
 * @param files The pictures' own.
 * @throws {ImageError} If they cannot.
 */
export async function checkAllMaps(folder: string, files: readonly string[], prompt: string): Promise<void> {
  for (const file of files) await checkMapsFolder(folder, nameOf(file), prompt);
}

/** What {@linkcode writeAllMaps} may be told. */
export interface WriteAllMapsOptions {
  readonly signal: AbortSignal;
  /** Given lines for the user. */
  readonly onNotice: (line: string) => void;
}

/**
 * Writes the attention maps of each picture, under the picture's own name.
 *
 * @param files The pictures' own, one for each.
 * @returns For each picture the paths of the files: the sheet, the overlays, the numbers and their legend.
 * @throws {ImageError} If a file cannot be written.
 */
export async function writeAllMaps(
  folder: string,
  files: readonly string[],
  images: readonly Image[],
  { signal, onNotice }: WriteAllMapsOptions,
): Promise<string[][]> {
  const written: string[][] = [];
  for (const [i, image] of images.entries()) {
    const { attentionMaps: maps } = image, name = nameOf(files[i]);
    if (!maps) continue;
    if (maps.recorded.length === 0) {
      onNotice("No step asked the denoiser for the prompt, so that there are no attention maps to draw");
    }
    const earlier = await earlierMaps(folder, name);
    const paths = await writeMaps(folder, name, maps, image, { signal });
    const left = leftBehind(earlier, paths);
    if (left !== undefined) onNotice(left);
    written.push(paths);
  }
  return written;
}
