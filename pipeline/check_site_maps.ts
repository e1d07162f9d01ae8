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

/**
 * Checks the sites of one step.
 *
 * @param what What the step is called in messages.
 * @throws {DomainError} If there is no site, or one whose sizes do not fit its weights.
 */
export function checkSiteMaps(words: readonly PromptWord[], sites: readonly SiteMap[], what: string): void {
  const fewestKeys = Math.max(1, ...words.map(({ tokens: [, to] }) => to));
  if (sites.length === 0) throw refusal(`the sites of ${what}`, "one or more", 0);
  for (const map of sites) checkSite(map, `${what}, ${map.site}`, fewestKeys);
}

/** @throws {DomainError} If there is no step. */
export function checkSteps(steps: readonly unknown[]): void {
  if (steps.length === 0) throw refusal("steps", "one or more", 0);
}
