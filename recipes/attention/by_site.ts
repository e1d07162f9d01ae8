/**
 * Different attention policies at different sites.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { says } from "../field_text.ts";
import { makePart } from "../make_part.ts";
import type { Place } from "../model_places.ts";
import { type PlacedPolicy, placedSchemas } from "./placed_policy.ts";

/**
 * Several policies, each with its own sites, interval and schedule; sites of none are softmax. No site may have two,
 * which the plan holds against the model. `P`: the places among all their sites.
 */
export interface BySite<P extends Place = Place> {
  readonly kind: "by-site";
  /** One or more. */
  readonly policies: readonly PlacedPolicy<P>[];
}

const policy = says(z.discriminatedUnion("kind", placedSchemas), {
  rule: "of kind entmax, temperature or pladis",
  remedy: "Sites of no policy are dense: leave them out. A list has no lists in it.",
  words: ["entmax", "temperature", "pladis"],
});

/** @internal */
export const bySiteSchema = z.strictObject({
  kind: z.literal("by-site"),
  policies: says(z.array(policy).min(1), {
    rule: "a list of one policy or more, each entmax, temperature or pladis",
    remedy: "For softmax at every site take dense.",
  }),
});

/**
 * Different policies at different sites. A list that is not known when compiling may be written as data,
 * `{ kind: "by-site", policies }`.
 *
 * @example
 * ```ts
 * import { bySite, pladis, pocket, recipe, temperature } from "../recipes.ts";
 *
 * const scene = recipe({
 *   model: pocket(),
 *   attention: bySite(
 *     pladis({ lambda: 2.5, sites: ["down"] }),
 *     pladis({ lambda: 1.2, alpha: 2, sites: ["up"], interval: [0, 0.5] }),
 *     temperature({ temperature: 0.9, sites: ["mid"] }),
 *   ),
 * });
 * ```
 *
 * @throws {RecipeError} if there is no policy, or one breaks its rules.
 */
export function bySite<P extends Place = never>(
  ...policies: readonly [PlacedPolicy<P>, ...PlacedPolicy<P>[]]
): BySite<P> {
  return makePart("attention", bySiteSchema, { kind: "by-site", policies }) as BySite<P>;
}
