import { closestString } from "npm:deno-std@1.4.0/text/closest_string.js";
import { levenshteinDistance } from "npm:deno-std@1.4.0/text/levenshtein_distance.js";

/** The share of a word's letters that may be wrong before it is another word. */
const MOST_WRONG = 0.5;

/** The one of `words` that was probably meant by `typed`, if any is near. */
export function nearestKey(typed: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const nearest: string = closestString(typed, words);
  const edits: number = levenshteinDistance(typed.toLowerCase(), nearest.toLowerCase());
  return edits <= MOST_WRONG * Math.max(typed.length, nearest.length) ? nearest : undefined;
}
