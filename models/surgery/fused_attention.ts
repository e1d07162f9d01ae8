/**
 * Attention that exporters or optimisers wrote as one operator: com.microsoft.MultiHeadAttention, and ai.onnx Attention
 * of operator set 23.
 *
 * @module
 */
import type { ScoresInfo } from "../../ops/attention/node_builder.ts";
import type { GraphEditor } from "../onnx/graph_editor.ts";
import type { GraphIndex } from "../onnx/graph_index.ts";
import { attributeOf, DataType, type NodeProto, toNumber } from "../onnx/onnx_types.ts";
import { lastSize } from "./evaluate_scalar.ts";
import { splitAbove } from "./head_split.ts";
import type { OperandLayout } from "./operand_layout.ts";

/** One operator that computes a whole site, read. */
export interface FusedAttention {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly mask: string | undefined;
  /** How its operands and its result lie. */
  readonly layout: OperandLayout;
  readonly heads: number;
  readonly headSize: number;
  readonly scale: number;
}

/** Whether a node is an operator of these kinds. */
export function isFusedAttention({ opType, domain }: NodeProto): boolean {
  return (opType === "MultiHeadAttention" && domain === "com.microsoft") ||
    (opType === "Attention" && (!domain || domain === "ai.onnx"));
}

/** A number among a node's attributes; undefined or 0 where it has none. */
export function numberOf(node: NodeProto, name: string): number | undefined {
  const attribute = attributeOf(node, name);
  return attribute && (attribute.f || toNumber(attribute.i));
}

/** Whether a bias adds nothing: optimisers write one of zeros where the projections have none. */
export function isNothing(index: GraphIndex, value: string | undefined): boolean {
  return !value || index.isZero(value);
}

/** Whether operands are known to be of several widths: values may be wider than keys, and are in no kernel here. */
function widthsDiffer(index: GraphIndex, operands: readonly string[]): boolean {
  return new Set(operands.flatMap((operand) => lastSize(index, operand) ?? [])).size > 1;
}

/** Reads an operator; undefined where it does more than attention of queries, keys and values. */
export function readFusedAttention(index: GraphIndex, node: NodeProto): FusedAttention | undefined {
  const [query, key, value] = node.input, [, ...present] = node.output;
  if (!query || !key || !value || present.some(Boolean)) return undefined;
  if (widthsDiffer(index, [query, key, value])) return undefined;
  if (node.opType === "MultiHeadAttention") {
    const [, , , bias, padding, mask, ...past] = node.input;
    const heads = numberOf(node, "num_heads"), width = lastSize(index, query) ?? lastSize(index, key);
    const other = padding || past.some(Boolean) || numberOf(node, "unidirectional");
    if (!heads || !width || other || !isNothing(index, bias)) return undefined;
    const headSize = width / heads, scale = numberOf(node, "scale") || 1 / Math.sqrt(headSize);
    return { query, key, value, mask: mask || undefined, layout: "packed", heads, headSize, scale };
  }
  const [, , , mask, ...past] = node.input;
  const other = numberOf(node, "is_causal") || numberOf(node, "softcap") || past.some(Boolean);
  const packed = numberOf(node, "q_num_heads");
  const width = packed ? lastSize(index, query) : undefined;
  const sizes = packed && width ? { heads: packed, headSize: width / packed } : splitAbove(index, query);
  if (other || !sizes || numberOf(node, "kv_num_heads") !== packed) return undefined;
  const { heads, headSize } = sizes, scale = numberOf(node, "scale") || 1 / Math.sqrt(headSize);
  return {
    query,
    key,
    value,
    mask: mask || undefined,
    layout: packed ? "packed" : "heads",
    heads,
    headSize,
    scale,
  };
}

/**
 * The operator written out, with other weights in the place of its softmax: the new nodes' last value.
 *
 * @param weigh Writes the weights of some scores.
 */
export function writeOutAttention(
  editor: GraphEditor,
  { query, key, value, mask, layout, heads, headSize, scale }: FusedAttention,
  dtype: "float32" | "float16",
  weigh: (scores: string, info: ScoresInfo) => string,
): string {
  const node = editor.node.bind(editor);
  const half = dtype === "float16";
  const split = (operand: string, perm: readonly number[]) => {
    if (layout === "packed") {
      const shape = editor.constant([0, 0, heads, headSize], "int64");
      return node("Transpose", [node("Reshape", [operand, shape])], { perm });
    }
    return perm[2] === 3 ? node("Transpose", [operand], { perm: [0, 1, 3, 2] }) : operand;
  };
  const product = node("MatMul", [split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1])]);
  const float = (operand: string) => half ? node("Cast", [operand], { to: DataType.FLOAT }) : operand;
  const scaled = node("Mul", [float(product), editor.constant(scale, "float32")]);
  const scores = mask === undefined ? scaled : node("Add", [scaled, float(mask)]);
  const weights = weigh(scores, { dtype: "float32", masked: mask !== undefined });
  const cast = half ? node("Cast", [weights], { to: DataType.FLOAT16 }) : weights;
  const result = node("MatMul", [cast, split(value, [0, 2, 1, 3])]);
  if (layout !== "packed") return result;
  const joined = node("Transpose", [result], { perm: [0, 2, 1, 3] });
  return node("Reshape", [joined, editor.constant([0, 0, heads * headSize], "int64")]);
}
