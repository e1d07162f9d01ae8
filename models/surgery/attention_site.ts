/**
 * What Winnow knows of one attention site.
 *
 * @module
 */

/** Where in a U-Net a site stands. */
export type SitePlace = "down" | "mid" | "up";

/** What a site attends to: text alone, the image itself, or both in one sequence. */
export type SiteKind = "cross" | "self" | "joint";

/** A site as a family declares it, before any graph is read. */
export interface DeclaredSite {
  /** The module's path in diffusers: `"down_blocks.0.attentions.0.transformer_blocks.0.attn2"`. */
  readonly id: string;
  readonly place: SitePlace;
}

/** A site as found in a graph. */
export interface AttentionSite {
  /** The module's path in diffusers, where the exporter kept it; else the name of the softmax node. */
  readonly id: string;
  readonly kind: SiteKind;
  /** Undefined where the id does not tell. */
  readonly place: SitePlace | undefined;
  /** Name of the node that normalises the scores. */
  readonly softmax: string;
  /** Name of the scores, [B batch, H heads, Q queries, K keys], scaled and masked. */
  readonly logits: string;
  /** Type in which the scores are computed. */
  readonly dtype: "float32" | "float16";
  /** Whether something is added to the scores before the softmax. */
  readonly masked: boolean;
}

/** The place that a module's path in a U-Net tells. */
export function placeOf(id: string): SitePlace | undefined {
  const match = /(?:^|\.)(down_blocks|mid_block|up_blocks)(?:\.|$)/.exec(id);
  if (!match) return undefined;
  return match[1] === "down_blocks" ? "down" : match[1] === "mid_block" ? "mid" : "up";
}
