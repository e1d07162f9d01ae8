/**
 * What Winnow knows of one attention site.
 *
 * Axis legend: B batch, H heads, L length of a sequence (Q queries, K keys), D head size.
 *
 * @module
 */
import type { JointOrder } from "../../ops/attention/joint/joint_reach.ts";
import type { OperandLayout } from "./operand_layout.ts";

/** Where in a U-Net a site stands. */
export type SitePlace = "down" | "mid" | "up";

/** What a site attends to: text alone, the image itself, or both in one sequence. */
export type SiteKind = "cross" | "self" | "joint";

/** A site as a family declares it, before any graph is read. */
export interface DeclaredSite {
  /** The module's path in diffusers: `"down_blocks.0.attentions.0.transformer_blocks.0.attn2"`. */
  readonly id: string;
  /** Absent in networks that have no places. */
  readonly place?: SitePlace;
}

/** A value of the graph that holds a site's queries, keys, values or result. */
export interface SiteOperand {
  readonly value: string;
  readonly layout: OperandLayout;
}

/** All that a kernel of our own needs to compute a site: output = weights(scale · query·keyᵀ + mask) · value. */
export interface SiteOperands {
  readonly query: SiteOperand;
  readonly key: SiteOperand;
  readonly value: SiteOperand;
  readonly output: SiteOperand;
  /** H. */
  readonly heads: number;
  /** D. */
  readonly headSize: number;
  readonly scale: number;
  /** Name of what is added to the scores, broadcastable to [B, H, Q, K]; absent where nothing (or a constant zero) is. */
  readonly mask?: string;
  /** Present where the mask is a weight or an input of the graph, and not made in it. */
  readonly maskGiven?: true;
}

/** Scores and weights as values of the graph. */
export interface WrittenScores {
  /** Name of the node that normalises the scores. */
  readonly softmax: string;
  /** Name of the scores, [B, H, Q, K] or [B·H, Q, K], scaled and masked. */
  readonly logits: string;
  /** Name of the weights, of the scores' shape. */
  readonly weights: string;
}

/** The text in the sequence of a joint site. */
export interface SiteText {
  readonly order: JointOrder;
  /** The graph input of which axis 1 has the text's tokens. */
  readonly input: string;
}

/** A site as found in a graph. */
export interface AttentionSite {
  /** The module's path in diffusers, where the exporter kept it; else the name of the site's node. */
  readonly id: string;
  readonly kind: SiteKind;
  /** Where the text lies; of joint sites alone. */
  readonly text?: SiteText;
  /** Absent where the id does not tell. */
  readonly place?: SitePlace;
  /** Number of the block within its place, from 0: 1 for `down_blocks.1`; absent in the middle and where the id does not tell. */
  readonly block?: number;
  /** Name of the node that stands for the site: its softmax, or the one fused operator. */
  readonly node: string;
  /** Absent where one fused operator computes the site and its scores are never a value. */
  readonly written?: WrittenScores;
  /** Absent where the operands cannot be told from the graph; the site then has no form but `graph`. */
  readonly operands?: SiteOperands;
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

/** The number of the block that a module's path in a U-Net tells. */
export function blockOf(id: string): number | undefined {
  const match = /(?:^|\.)(?:down_blocks|up_blocks)\.(\d+)/.exec(id);
  return match ? Number(match[1]) : undefined;
}
