/**
 * Names that were nearly typed. Like errors.ts this serves every layer and imports none.
 *
 * @module
 */
import { closestString } from "npm:deno-std@1.4.0/text/closest_string.js";
import { levenshteinDistance } from "npm:deno-std@1.4.0/text/levenshtein_distance.js";

/** The share of a word's letters that may be wrong before it is another word. */
const MOST_WRONG = 0.5;

/** The one of `names` that was probably meant by `typed`, if any is near. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const nearest: string = closestString(typed, names);
  const edits: number = levenshteinDistance(typed.toLowerCase(), nearest.toLowerCase());
  return edits <= MOST_WRONG * Math.max(typed.length, nearest.length) ? nearest : undefined;
}

/** "Did you mean …?" with the nearest of `names`, or undefined if none is near. */
export function didYouMean(typed: string, names: readonly string[]): string | undefined {
  const nearest = nearestName(typed, names);
  return nearest === undefined ? undefined : `Did you mean ${nearest}?`;
}
