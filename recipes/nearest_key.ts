import { closestString } from "npm:deno-std@1.4.0/text/closest_string.js";
import { levenshteinDistance } from "npm:deno-std@1.4.0/text/levenshtein_distance.js";

/** The known key that a misspelt one most likely means; none if nothing is near. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const near: string = closestString(key, known);
  return levenshteinDistance(key.toLowerCase(), near.toLowerCase()) <= Math.max(2, key.length / 3)
    ? near
    : undefined;
}
