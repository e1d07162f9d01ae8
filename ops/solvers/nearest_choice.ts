import { closestString } from "npm:deno-std@1.4.0/text/closest_string.js";
import { levenshteinDistance } from "npm:deno-std@1.4.0/text/levenshtein_distance.js";

/** The share of a word's letters that may be wrong for another to be close to it. */
const CLOSE = 0.4;

/** The name that takes the fewest edits to reach from a word; with `onlyIfClose`, only if those are few. */
export function nearestChoice(
  word: string,
  names: readonly string[],
  { onlyIfClose = false }: { readonly onlyIfClose?: boolean } = {},
): string | undefined {
  const nearest: string = closestString(word, names);
  const edits: number = levenshteinDistance(word.toLowerCase(), nearest.toLowerCase());
  return onlyIfClose && edits > CLOSE * nearest.length ? undefined : nearest;
}
