/**
 * Finding attention by its structure: softmax((q·kᵀ)·scale + mask)·v, whatever the nodes are called.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { type GraphIndex, indexGraph } from "../onnx/graph_index.ts";
import { attributeOf, DataType, type NodeProto, toNumber } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";
import { type AttentionSite, blockOf, placeOf } from "./attention_site.ts";
import { evaluateScalar } from "./evaluate_scalar.ts";
import { isFusedAttention, readFusedAttention } from "./fused_attention.ts";
import { siteId } from "./site_id.ts";
import { type Factor, fusedOperands, siteOperands } from "./site_operands.ts";
import { type TokenOrder, tokenOrders } from "./token_order.ts";
import type { DenoiserInputs } from "./denoiser_inputs.ts";

/** Ops that pass their first operand's data on, moved or retyped. */
const MOVES = new Set([
  "Cast",
  "Identity",
  "Transpose",
  "Reshape",
  "Squeeze",
  "Unsqueeze",
  "Slice",
  "Expand",
]);

/** Whether a value is a weight: an initializer, perhaps cast, transposed or dequantized. */
function isWeight(index: GraphIndex, value: string): boolean {
  for (let current = value;;) {
    if (index.initializer(current)) return true;
    const node = index.producer(current);
    if (node?.opType === "Constant") return true;
    if (!node || !(MOVES.has(node.opType) || node.opType === "DequantizeLinear")) return false;
    current = node.input[0];
  }
}

/** From the softmax up to the product of queries and keys, through casts, scales and masks. */
function scoresOf(
  index: GraphIndex,
  softmax: NodeProto,
): { product: NodeProto; masks: string[]; factors: Factor[] } | undefined {
  const masks: string[] = [], factors: Factor[] = [];
  for (let value = softmax.input[0];;) {
    const node = index.producer(value);
    if (!node) return undefined;
    if (node.opType === "MatMul") {
      return isWeight(index, node.input[1]) ? undefined : { product: node, masks, factors };
    }
    if (node.opType === "Mul" || node.opType === "Div") {
      factors.push({ value: node.input[1], divides: node.opType === "Div" });
    } else if (node.opType === "Add" || node.opType === "Sub") {
      // A sum with zeros is left by exporters of baddbmm.
      if (evaluateScalar(index, node.input[1], NaN) !== 0) masks.push(node.input[1]);
    } else if (!MOVES.has(node.opType)) return undefined;
    value = node.input[0];
  }
}

/** What a site attends to, told by whose tokens its keys are. */
function attends(keys: TokenOrder, { text }: DenoiserInputs): Pick<AttentionSite, "kind" | "text"> {
  if (keys.length === 2) {
    const order = keys[0] === "text" ? "text-image" : "image-text";
    return { kind: "joint", text: { order, input: text } };
  }
  return { kind: keys[0] === "text" ? "cross" : "self" };
}

/** Whether a node is a Softmax over its last axis; counted from the front, that is the fourth. */
function isLastAxisSoftmax({ opType, domain, ...node }: NodeProto): boolean {
  if (opType !== "Softmax" || (domain && domain !== "ai.onnx")) return false;
  const axis = Number(node.attribute?.find(({ name }) => name === "axis")?.i ?? -1);
  return axis === -1 || axis === 3;
}

/** The type of a value, told by the nearest Cast, weight or input above it. */
function dtypeOf(index: GraphIndex, value: string): "float32" | "float16" {
  for (let current = value;;) {
    const weight = index.initializer(current);
    const node = index.producer(current);
    const input = index.graph.input.find(({ name }) => name === current);
    const type = weight?.dataType ?? input?.type?.tensorType?.elemType ??
      (node?.opType === "Cast" ? toNumber(attributeOf(node, "to")?.i) : undefined);
    if (type !== undefined) return type === DataType.FLOAT16 ? "float16" : "float32";
    if (!node?.input[0]) return "float32";
    current = node.input[0];
  }
}

/** A site that is one operator. */
function fusedSite(
  index: GraphIndex,
  node: NodeProto,
  tokensOf: (value: string) => TokenOrder,
  inputs: DenoiserInputs,
): AttentionSite | undefined {
  const fused = readFusedAttention(index, node);
  if (!fused) return undefined;
  return {
    ...placed(siteId(node)),
    ...attends(tokensOf(fused.key), inputs),
    node: node.name || node.output[0],
    operands: fusedOperands(index, node, fused),
    dtype: dtypeOf(index, fused.query),
    masked: fused.mask !== undefined,
  };
}

function placed(id: string): Pick<AttentionSite, "id" | "place" | "block"> {
  const place = placeOf(id), block = blockOf(id);
  return { id, ...(place === undefined ? {} : { place }), ...(block === undefined ? {} : { block }) };
}

function writtenSite(
  index: GraphIndex,
  softmax: NodeProto,
  tokensOf: (value: string) => TokenOrder,
  inputs: DenoiserInputs,
): AttentionSite | undefined {
  const scores = scoresOf(index, softmax), weighs = climbDown(index, softmax.output[0]);
  if (!scores || !weighs) return undefined;
  const node = softmax.name || softmax.output[0], { product, masks, factors } = scores;
  const operands = masks.length > 1
    ? undefined
    : siteOperands(index, { product, factors, mask: masks[0], weighs });
  return {
    ...placed(siteId(softmax)),
    ...attends(tokensOf(product.input[1]), inputs),
    node,
    written: { softmax: node, logits: softmax.input[0], weights: softmax.output[0] },
    ...(operands ? { operands } : {}),
    dtype: dtypeOf(index, softmax.input[0]),
    masked: masks.length > 0,
  };
}

/**
 * Finds every attention site of a denoiser's graph, in graph order. Operators that hold projections, or packed operands,
 * are none until `unmergeAttention` has taken them apart.
 *
 * @param model A denoiser.
 * @param inputs What its text and image inputs are called.
 * @throws {GraphError} if the graph lacks one of these inputs.
 */
export function findAttentionSites(model: OnnxModel, inputs: DenoiserInputs): AttentionSite[] {
  const { graph } = model.proto;
  const index = indexGraph(model);
  for (const name of [inputs.text, inputs.image]) {
    if (!index.isInput(name)) {
      const got = graph.input.map((input) => input.name);
      throw new GraphError({
        doing: `find the attention sites of ${model.path}`,
        what: "inputs",
        rule: `include "${name}"`,
        got,
      });
    }
  }
  const tokensOf = tokenOrders(index, inputs);
  return graph.node.flatMap((node) => {
    const site = isFusedAttention(node)
      ? fusedSite(index, node, tokensOf, inputs)
      : isLastAxisSoftmax(node)
      ? writtenSite(index, node, tokensOf, inputs)
      : undefined;
    return site ?? [];
  });
}

/** The product with the values, below a softmax and its casts. */
function climbDown(index: GraphIndex, value: string): NodeProto | undefined {
  for (let current = value;;) {
    const users = index.consumers(current);
    const product = users.find((node) => node.opType === "MatMul" && node.input[0] === current);
    if (product) return product;
    const cast = users.find((node) =>
      node.opType === "Cast" || node.opType === "Identity" || node.opType === "Dropout"
    );
    if (!cast) return undefined;
    current = cast.output[0];
  }
}
