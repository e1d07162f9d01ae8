/**
 * Sites that can be computed outside of their graph.
 *
 * @module
 */
import { MOST_HEAD_SIZE } from "../../ops/attention/kernel/kernel_shape.ts";
import type { AttentionSite, SiteOperands } from "./attention_site.ts";

/** A site whose operands are known, and of sizes that kernels have. */
export type CuttableSite = AttentionSite & { readonly operands: SiteOperands };

/** Why a site cannot be computed by a kernel; undefined if it can. */
export function whyNotCut({ operands }: AttentionSite): string | undefined {
  if (!operands) return "its operands are not known";
  if (operands.maskGiven) return "its mask is a weight or an input, and kernels take what the graph makes";
  if (operands.headSize <= MOST_HEAD_SIZE) return undefined;
  return `its head size is ${operands.headSize}, and kernels have up to ${MOST_HEAD_SIZE}`;
}

/** Whether a kernel can compute a site. */
export function isCuttable(site: AttentionSite): site is CuttableSite {
  return whyNotCut(site) === undefined;
}

/** The values that a site is computed from. */
export function operandValues({ operands: { query, key, value, mask } }: CuttableSite): string[] {
  return [query.value, key.value, value.value, ...(mask === undefined ? [] : [mask])];
}
