/**
 * What attention maps are made of, checked.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import type { PromptWord } from "../models/tokenizers/prompt_words.ts";
import type { SiteMap } from "./word_maps.ts";

function refusal(what: string, rule: string, got: unknown): DomainError {
  return new DomainError({ doing: "make attention maps", what, rule, got });
}

function checkSite(map: SiteMap, what: string, fewestKeys: number): void {
  for (const name of ["width", "height", "keys"] as const) {
    const size = map[name];
    if (!(Number.isInteger(size) && size >= 1)) {
      throw refusal(`${name} of ${what}`, "a whole number from 1", size);
    }
  }
  const { width, height, keys, weights } = map;
  if (keys < fewestKeys) {
    throw refusal(`keys of ${what}`, `at least ${fewestKeys}, where the last word ends`, keys);
  }
  const size = width * height * keys;
  if (weights.length !== size) {
    throw refusal(`the weights of ${what}`, `[${height * width}, ${keys}], ${size} numbers`, weights.length);
  }
}

/** @throws {DomainError} If there is no step, a step without sites, or a site whose sizes do not fit its weights. */
export function checkSiteMaps(words: readonly PromptWord[], steps: readonly (readonly SiteMap[])[]): void {
  const fewestKeys = Math.max(1, ...words.map(({ tokens: [, to] }) => to));
  if (steps.length === 0) throw refusal("steps", "one or more", 0);
  for (const [i, sites] of steps.entries()) {
    if (sites.length === 0) throw refusal(`the sites of step ${i}`, "one or more", 0);
    for (const map of sites) checkSite(map, `step ${i}, ${map.site}`, fewestKeys);
  }
}
