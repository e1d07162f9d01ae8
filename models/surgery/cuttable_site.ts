/**
 * Sites that can be computed outside of their graph.
 *
 * @module
 */
import type { AttentionSite, SiteOperands } from "./attention_site.ts";

/** A site whose operands are known. */
export type CuttableSite = AttentionSite & { readonly operands: SiteOperands };

/** Whether a site's operands are known. */
export function isCuttable(site: AttentionSite): site is CuttableSite {
  return site.operands !== undefined;
}

/** The values that a site is computed from. */
export function operandValues({ operands: { query, key, value, mask } }: CuttableSite): string[] {
  return [query.value, key.value, value.value, ...(mask === undefined ? [] : [mask])];
}
