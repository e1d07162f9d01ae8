/**
 * Attention maps that an earlier run left under the same name.
 *
 * @module
 */
import { basename, join } from "node:path";
import { legendName } from "./maps_folder.ts";

/** The files that a legend names; none if it is not one, or was changed to name files elsewhere. */
function namedFiles(legend: string): string[] {
  try {
    const { words } = JSON.parse(legend) as { words: readonly { readonly file?: unknown }[] };
    return words.flatMap(({ file }) => typeof file === "string" && basename(file) === file ? [file] : []);
  } catch {
    return [];
  }
}

/**
 * The overlays that are in a folder and of which its legend tells: those that maps of the same name replace, or that stay
 * beside them if their words are others.
 *
 * @param name What the files' names begin with.
 * @returns Their paths; none if there is no legend, or none that can be read.
 */
export async function earlierMaps(folder: string, name: string): Promise<string[]> {
  const legend = await Deno.readTextFile(join(folder, legendName(name))).catch(() => "");
  const paths = namedFiles(legend).map((file) => join(folder, file));
  const there = await Promise.all(
    paths.map((path) => Deno.stat(path).then(({ isFile }) => isFile, () => false)),
  );
  return paths.filter((_, i) => there[i]);
}

/** What to tell of earlier files that these did not replace; undefined if there is none. */
export function leftBehind(earlier: readonly string[], written: readonly string[]): string | undefined {
  const left = earlier.filter((path) => !written.includes(path));
  if (left.length === 0) return undefined;
  return `Maps of an earlier run were replaced; those of words that are not in this prompt stay: ${
    left.join(", ")
  }`;
}
