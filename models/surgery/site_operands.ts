/**
 * What a written-out site computes with: queries, keys and values as near to their projections as can be, so that a
 * kernel spares the graph the reshapes and transposes around them.
 *
 * @module
 */
import type { GraphIndex } from "../onnx/graph_index.ts";
import { attributeOf, type NodeProto, toNumber } from "../onnx/onnx_types.ts";
import type { SiteOperand, SiteOperands } from "./attention_site.ts";
import { evaluateScalar, lastSize } from "./evaluate_scalar.ts";
import type { FusedAttention } from "./fused_attention.ts";
import { headsOfSplit, splitAbove } from "./head_split.ts";
import type { HeadSizes } from "./operand_layout.ts";
import { siteMask } from "./site_mask.ts";

/** A site's nodes: the product of queries and keys, what lies between it and the softmax, and the product with values. */
export interface SiteNodes {
  readonly product: NodeProto;
  /** Scalars that the scores are multiplied by, as values and whether they divide. */
  readonly factors: readonly Factor[];
  readonly mask: string | undefined;
  readonly weighs: NodeProto;
}

/** A scalar that something is multiplied by, or divided. */
export interface Factor {
  readonly value: string;
  readonly divides: boolean;
}

interface Climbed {
  readonly operand: SiteOperand;
  readonly factors: readonly Factor[];
  /** Where the heads were split: the target shape of the Reshape that did it. */
  readonly split: string | undefined;
}

function permOf(node: NodeProto | undefined): string {
  return node?.opType === "Transpose" ? (attributeOf(node, "perm")?.ints ?? []).map(toNumber).join("") : "";
}

const SPLITS = "0213";

/** [B, L, H·D] → Reshape → Transpose 0213, and whether the batch and the heads were then folded into one. */
function splitFrom(index: GraphIndex, value: string): { packed: string; split: string } | undefined {
  const transpose = index.producer(value);
  const reshape = permOf(transpose) === SPLITS
    ? index.producer((transpose as NodeProto).input[0])
    : undefined;
  return reshape?.opType === "Reshape" ? { packed: reshape.input[0], split: reshape.input[1] } : undefined;
}

/** [B, H, L, D] → [B·H, L, D] → [B·H, D, L] → [B, H, D, L]: what torch's newer exporter makes of a transpose. */
function foldedTurn(index: GraphIndex, node: NodeProto): string | undefined {
  const turn = node.opType === "Reshape" ? index.producer(node.input[0]) : undefined;
  const fold = permOf(turn) === "021" ? index.producer((turn as NodeProto).input[0]) : undefined;
  return fold?.opType === "Reshape" && splitFrom(index, fold.input[0]) ? fold.input[0] : undefined;
}

/**
 * Climbs from an operand of a product to where its heads were split.
 *
 * @param transposed Whether its last two axes are D and L, as those of keys are.
 */
function climbOperand(index: GraphIndex, start: string, transposed: boolean): Climbed | undefined {
  const factors: Factor[] = [];
  let value = start, across = transposed, rank = 4;
  for (;;) {
    const node = index.producer(value);
    const perm = permOf(node);
    if (node?.opType === "Mul" || node?.opType === "Div") {
      const scalar = [1, 0].find((i) => evaluateScalar(index, node.input[i], 1) !== undefined);
      if (scalar === undefined || (scalar === 0 && node.opType === "Div")) break;
      factors.push({ value: node.input[scalar], divides: node.opType === "Div" });
      value = node.input[1 - scalar];
    } else if (node && (node.opType === "Cast" || node.opType === "Identity")) value = node.input[0];
    else if (node && across && (perm === "0132" || perm === "021")) {
      across = false;
      if (perm === "021") rank = 3;
      value = node.input[0];
    } else if (node && across && foldedTurn(index, node)) {
      across = false;
      value = foldedTurn(index, node) as string;
    } else if (node && across && perm === "0231") {
      return rowsFrom(index, node.input[0], factors);
    } else break;
  }
  if (across) return undefined;
  const node = index.producer(value);
  if (permOf(node) === SPLITS) return rowsFrom(index, (node as NodeProto).input[0], factors);
  const folded = index.producer(value);
  const inner = folded?.opType === "Reshape" ? splitFrom(index, folded.input[0]) : undefined;
  if (inner) return { operand: packed(inner.packed), factors, split: inner.split };
  return { operand: { value, layout: rank === 3 ? "folded" : "heads" }, factors, split: undefined };
}

/** From [B, L, H, D] to [B, L, H·D], if that is where it came from. */
function rowsFrom(index: GraphIndex, rows: string, factors: readonly Factor[]): Climbed {
  const reshape = index.producer(rows);
  return reshape?.opType === "Reshape"
    ? { operand: packed(reshape.input[0]), factors, split: reshape.input[1] }
    : { operand: { value: rows, layout: "rows" }, factors, split: undefined };
}

function packed(value: string): SiteOperand {
  return { value, layout: "packed" };
}

/** The only node that uses a value's data, if it is of this kind. */
function onlyUser(index: GraphIndex, value: string, opType: string): NodeProto | undefined {
  const users = index.consumers(value).filter((node) => node.opType !== "Shape");
  return users.length === 1 && users[0].opType === opType ? users[0] : undefined;
}

/** From the product with the values down to where the heads are joined again. */
function descendResult(index: GraphIndex, start: string): SiteOperand | undefined {
  const pastCasts = (value: string): string => {
    const cast = onlyUser(index, value, "Cast");
    return cast ? pastCasts(cast.output[0]) : value;
  };
  const join = (value: string): string | undefined => {
    const transpose = onlyUser(index, pastCasts(value), "Transpose");
    const reshape = permOf(transpose) === SPLITS &&
      onlyUser(index, (transpose as NodeProto).output[0], "Reshape");
    return reshape ? pastCasts(reshape.output[0]) : undefined;
  };
  const direct = join(start);
  if (direct) return packed(direct);
  const unfold = onlyUser(index, pastCasts(start), "Reshape");
  const folded = unfold && join(unfold.output[0]);
  return folded ? packed(folded) : undefined;
}

/** H and D, from where the heads were split: right above an operand, or farther up. */
function headSizes(index: GraphIndex, operands: readonly Climbed[]): HeadSizes | undefined {
  const split = operands.find((each) => each.split !== undefined)?.split;
  const heads = split === undefined ? undefined : headsOfSplit(index, split);
  const width = operands.filter(({ operand }) => operand.layout === "packed")
    .map(({ operand }) => lastSize(index, operand.value)).find((size) => size !== undefined);
  if (heads && width && width % heads === 0) return { heads, headSize: width / heads };
  return splitAbove(index, operands[0].operand.value);
}

/** The operands of a site that is one operator, as near to the projections as can be. */
export function fusedOperands(index: GraphIndex, node: NodeProto, fused: FusedAttention): SiteOperands {
  const { heads, headSize, scale, mask, layout } = fused;
  const common = { heads, headSize, scale, ...siteMask(index, mask) };
  const near = (value: string) => layout === "heads" ? splitFrom(index, value)?.packed : undefined;
  const operand = (value: string): SiteOperand => {
    const above = near(value);
    return above === undefined ? { value, layout } : packed(above);
  };
  const output = (layout === "heads" && descendResult(index, node.output[0])) ||
    { value: node.output[0], layout };
  return {
    query: operand(fused.query),
    key: operand(fused.key),
    value: operand(fused.value),
    output,
    ...common,
  };
}

/** The operands of a written-out site, or undefined where the graph does not tell them. */
export function siteOperands(
  index: GraphIndex,
  { product, factors, mask, weighs }: SiteNodes,
): SiteOperands | undefined {
  const query = climbOperand(index, product.input[0], false);
  const key = climbOperand(index, product.input[1], true);
  const value = climbOperand(index, weighs.input[1], false);
  const output = descendResult(index, weighs.output[0]);
  if (!query || !key || !value || !output || value.factors.length > 0) return undefined;
  const sizes = headSizes(index, [query, key, value]);
  if (!sizes) return undefined;
  const { heads, headSize } = sizes;
  let scale = 1;
  for (const { value: factor, divides } of [...factors, ...query.factors, ...key.factors]) {
    const number = evaluateScalar(index, factor, headSize);
    if (number === undefined) return undefined;
    scale *= divides ? 1 / number : number;
  }
  return {
    query: query.operand,
    key: key.operand,
    value: value.operand,
    output,
    heads,
    headSize,
    scale,
    ...siteMask(index, mask),
  };
}
