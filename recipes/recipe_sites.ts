/**
 * How a recipe says which attention sites are meant.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { says } from "./field_text.ts";
import { type Place, PLACES } from "./model_places.ts";

/** A site by the path of its module in diffusers: `"up_blocks.1.attentions.0.transformer_blocks.0.attn2"`. */
export type SiteId = `${string}.${string}`;

/** Which sites: all cross-attention, or that of some places in the network, or sites by their ids. */
export type Sites<P extends Place = Place> = "all" | readonly (P | SiteId)[];

const SITE_ID = /^[\w-]+(\.[\w-]+)+$/;
const isSite = (word: string) => SITE_ID.test(word) || PLACES.some((place) => place === word);
const places = z.array(z.string()).min(1)
  .refine((list) => list.every(isSite) && new Set(list).size === list.length, { abort: true });
/** @internal */
export const sitesSchema = says(z.union([z.literal("all"), places]), {
  rule: `"all" or a list of different places (${PLACES.join(", ")}) and ids of sites`,
  remedy: 'Take "all", as in the paper; explain lists the ids.',
});
