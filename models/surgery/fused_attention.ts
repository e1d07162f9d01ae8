/**
 * Attention that exporters or optimisers wrote as one operator: com.microsoft.MultiHeadAttention, and ai.onnx Attention
 * of operator set 23.
 *
 * @module
 */
import { policyGraph } from "../../ops/attention/policy_graph.ts";
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import type { GraphEditor } from "../onnx/graph_editor.ts";
import type { GraphIndex } from "../onnx/graph_index.ts";
import { attributeOf, DataType, type NodeProto, toNumber } from "../onnx/onnx_types.ts";
import type { OperandLayout } from "./attention_site.ts";
import { lastSize } from "./evaluate_scalar.ts";

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

function number(node: NodeProto, name: string): number | undefined {
  const attribute = attributeOf(node, name);
  return attribute && (attribute.f || toNumber(attribute.i));
}

/** Whether a bias adds nothing: optimisers write one of zeros where the projections have none. */
function isNothing(index: GraphIndex, value: string | undefined): boolean {
  if (!value) return true;
  const tensor = index.initializer(value);
  return tensor?.rawData !== undefined && tensor.rawData.every((byte) => byte === 0);
}

/** [B, L, H·D] of the heads that a value was split into, through Reshape and Transpose. */
function widthAbove(index: GraphIndex, value: string): number | undefined {
  const transpose = index.producer(value);
  const reshape = transpose?.opType === "Transpose" ? index.producer(transpose.input[0]) : undefined;
  return reshape?.opType === "Reshape" ? lastSize(index, reshape.input[0]) : undefined;
}

/** H, the third size that a value was reshaped to before its heads came to the front. */
function headsAbove(index: GraphIndex, value: string): number | undefined {
  const transpose = index.producer(value);
  const reshape = transpose?.opType === "Transpose" ? index.producer(transpose.input[0]) : undefined;
  const shape = reshape && index.producer(reshape.input[1]);
  return shape?.opType === "Concat" ? index.scalar(shape.input[2]) : undefined;
}

/** Reads an operator; undefined where it does more than attention of queries, keys and values. */
export function readFusedAttention(index: GraphIndex, node: NodeProto): FusedAttention | undefined {
  const [query, key, value] = node.input;
  if (!query || !key || !value) return undefined;
  if (node.opType === "MultiHeadAttention") {
    const [, , , bias, padding, mask, ...past] = node.input;
    const heads = number(node, "num_heads"), width = lastSize(index, query);
    if (!heads || !width || padding || past.some(Boolean) || !isNothing(index, bias)) return undefined;
    const headSize = width / heads, scale = number(node, "scale") || 1 / Math.sqrt(headSize);
    return { query, key, value, mask: mask || undefined, layout: "packed", heads, headSize, scale };
  }
  const [, , , mask, ...past] = node.input;
  const other = number(node, "is_causal") || number(node, "softcap") || past.some(Boolean);
  const packed = number(node, "q_num_heads");
  const heads = packed || headsAbove(index, query);
  const width = packed ? lastSize(index, query) : widthAbove(index, query);
  if (other || !heads || !width || number(node, "kv_num_heads") !== packed) return undefined;
  const headSize = width / heads, scale = number(node, "scale") || 1 / Math.sqrt(headSize);
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

/** The operator written out, with a policy in the place of its softmax: the new nodes' last value. */
export function writeOutAttention(
  editor: GraphEditor,
  { query, key, value, mask, layout, heads, headSize, scale }: FusedAttention,
  policy: AttentionPolicy,
  info: { readonly keys?: number; readonly dtype: "float32" | "float16" },
): string {
  const node = editor.node.bind(editor);
  const half = info.dtype === "float16";
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
  const weights = policyGraph(policy, editor, scores, {
    ...(info.keys === undefined ? {} : { keys: info.keys }),
    dtype: "float32",
    masked: mask !== undefined,
  });
  const cast = half ? node("Cast", [weights], { to: DataType.FLOAT16 }) : weights;
  const result = node("MatMul", [cast, split(value, [0, 2, 1, 3])]);
  if (layout !== "packed") return result;
  const joined = node("Transpose", [result], { perm: [0, 2, 1, 3] });
  return node("Reshape", [joined, editor.constant([0, 0, heads * headSize], "int64")]);
}
