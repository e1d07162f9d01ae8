/**
 * Names that were nearly typed.
 *
 * @module
 */

import { findSimilar } from "npm:@optique/core@1.3.6/suggestion";

/** Edits that are still a typing error: three, in no more than half of what was typed. */
const LIMITS = { maxDistance: 3, maxDistanceRatio: 0.5, maxSuggestions: 1 } as const;

/** "Did you mean …?" with the nearest of `names`, or undefined if none is near. */
export function didYouMean(typed: string, names: readonly string[]): string | undefined {
  const [nearest] = findSimilar(typed, names, LIMITS);
  return nearest === undefined ? undefined : `Did you mean ${nearest}?`;
}
