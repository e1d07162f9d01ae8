/**
 * Operators that hold more than attention, taken apart: what is left is one com.microsoft.MultiHeadAttention of
 * separate queries, keys and values, which everything after this reads as a site.
 *
 * Axis legend: B batch, H heads, L length of a sequence, D head size, C channels of what comes in.
 *
 * @module
 */
import { applyEdits, editGraph, type GraphEditor } from "../onnx/graph_editor.ts";
import { type GraphIndex, indexGraph } from "../onnx/graph_index.ts";
import { attributeOf, type NodeProto, toNumber } from "../onnx/onnx_types.ts";
import { type OnnxModel, opsetOf } from "../onnx/read_onnx.ts";
import { lastSize } from "./evaluate_scalar.ts";
import { isNothing, numberOf } from "./fused_attention.ts";
import { siteId } from "./site_id.ts";

/** The version of ai.onnx from which Split takes its sizes as an operand. */
const LEAST_OPSET = 13;

/** Writes an operator's queries, keys and values, each [B, L, H·D]. */
type WriteOperands = (editor: GraphEditor) => readonly string[];

/** Operands that an operator has beside those of attention: padding, and keys and values of earlier calls. */
const OTHER_INPUTS = { Attention: [3, 4, 6], MultiHeadAttention: [4, 6, 7, 8, 9] } as const;

/** Where both operators take what is added to the scores, broadcastable to [B, H, Q, K]. */
const MASK_INPUT = 5;

function isMerged({ opType, domain, input: [, , value, bias] }: NodeProto): boolean {
  if (domain !== "com.microsoft") return false;
  return opType === "Attention" || (opType === "MultiHeadAttention" && (!value || Boolean(bias)));
}

/** Whether an operator does what neither MultiHeadAttention of three operands nor our kernels do. */
function doesMore(node: NodeProto): boolean {
  const others = OTHER_INPUTS[node.opType as keyof typeof OTHER_INPUTS];
  return others.some((i) => node.input[i]) || node.output.slice(1).some(Boolean) ||
    Boolean(numberOf(node, "unidirectional") || numberOf(node, "do_rotary"));
}

/** com.microsoft.Attention: input [B, L, C] · weights [C, 3·H·D] + bias [3·H·D], queries first. */
function mergedOperands(index: GraphIndex, node: NodeProto, heads: number): WriteOperands | undefined {
  const [input, weights, bias] = node.input;
  const merged = lastSize(index, weights);
  const sizes = attributeOf(node, "qkv_hidden_sizes")?.ints?.map(toNumber) ??
    (merged ? [merged / 3, merged / 3, merged / 3] : []);
  const [width] = sizes;
  const alike = sizes.length === 3 && sizes.every((size) => size === width);
  if (!alike || width % heads !== 0 || (merged ?? 3 * width) !== 3 * width) return undefined;
  return (editor) => {
    const product = editor.node("MatMul", [input, weights]);
    return editor.split(isNothing(index, bias) ? product : editor.node("Add", [product, bias]), -1, sizes);
  };
}

/** D of [B, L, H, parts, D], where the Reshape that made it tells. */
function packedHeadSize(index: GraphIndex, value: string, heads: number, parts: number): number | undefined {
  const node = index.producer(value);
  if (node?.opType === "Cast" || node?.opType === "Identity") {
    return packedHeadSize(index, node.input[0], heads, parts);
  }
  const shape = node?.opType === "Reshape" ? index.numbers(node.input[1]) : undefined;
  return shape?.length === 5 && shape[2] === heads && shape[3] === parts && shape[4] > 0
    ? shape[4]
    : undefined;
}

/** [B, L, H, parts, D] → as many of [B, L, H·D]. */
function unpack(editor: GraphEditor, value: string, parts: number, width: number): string[] {
  const shape = editor.constant([0, 0, width], "int64");
  return editor.split(value, 3, Array<number>(parts).fill(1)).map((part) =>
    editor.node("Reshape", [part, shape])
  );
}

/** com.microsoft.MultiHeadAttention with packed operands, or with a bias [3·H·D] for all three. */
function headedOperands(index: GraphIndex, node: NodeProto, heads: number): WriteOperands | undefined {
  const [query, key, value, bias] = node.input;
  const parts = value ? 0 : key ? 2 : 3, packed = key || query;
  const headSize = parts ? packedHeadSize(index, packed, heads, parts) : undefined;
  const width = parts ? headSize && heads * headSize : lastSize(index, query) ?? lastSize(index, key);
  if (!width || width % heads !== 0) return undefined;
  const separate: WriteOperands = (editor) => {
    if (parts === 0) return [query, key, value];
    const operands = unpack(editor, packed, parts, width);
    return parts === 3 ? operands : [query, ...operands];
  };
  if (isNothing(index, bias)) return parts ? separate : undefined;
  // As onnxruntime has it, packed keys and values have no bias. A longer or shorter one is for wider or narrower values.
  if (parts === 2 || lastSize(index, bias) !== 3 * width) return undefined;
  return (editor) => {
    const biases = editor.split(bias, -1, [width, width, width]);
    return separate(editor).map((operand, i) => editor.node("Add", [operand, biases[i]]));
  };
}

/** The operator with operands of its own, under its old name. */
function plainNode(node: NodeProto, operands: readonly string[]): NodeProto {
  const mask = node.input[MASK_INPUT];
  return {
    ...node,
    opType: "MultiHeadAttention",
    input: mask ? [...operands, "", "", mask] : [...operands],
    attribute: node.attribute?.filter(({ name }) => name === "num_heads" || name === "scale"),
  };
}

/**
 * Takes apart com.microsoft.Attention (projections and all), and com.microsoft.MultiHeadAttention with packed operands or
 * with a bias. Weights stay where they lie in the file: what was one product is one, and its result is split.
 *
 * An operator that does more stays as it is, and is no site: padding, a causal mask, rotary positions, keys of earlier
 * calls, values of another width than the keys'.
 *
 * @param model A denoiser, before its sites are found.
 * @returns A model that shares all weights with the given one; the same model if there is nothing to take apart.
 */
export function unmergeAttention(model: OnnxModel): OnnxModel {
  const { graph } = model.proto, opset = opsetOf(model.proto);
  const merged = graph.node.filter((node) => isMerged(node) && !doesMore(node));
  if (merged.length === 0 || opset < LEAST_OPSET) return model;
  const index = indexGraph(model), editor = editGraph(opset, "unmerged_constant");
  const replacements = new Map<NodeProto, readonly NodeProto[]>();
  for (const [i, node] of merged.entries()) {
    const heads = numberOf(node, "num_heads");
    const operandsOf = node.opType === "Attention" ? mergedOperands : headedOperands;
    const write = heads ? operandsOf(index, node, heads) : undefined;
    if (!write) continue;
    // names that tell the module's path, as those of the old operands may have done
    const nodes = editor.begin(`unmerged/${i}/${siteId(node).replaceAll(".", "/")}`);
    const operands = write(editor);
    replacements.set(node, [...nodes, plainNode(node, operands)]);
  }
  if (replacements.size === 0) return model;
  return { ...model, proto: { ...model.proto, graph: applyEdits(graph, replacements, editor) } };
}
