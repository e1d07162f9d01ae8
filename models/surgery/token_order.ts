/**
 * Whose tokens the rows of each value are: those of the text, of the image, or both in one sequence.
 *
 * @module
 */
import { type GraphIndex, inputsOf } from "../onnx/graph_index.ts";
import { attributeOf, type NodeProto, toNumber } from "../onnx/onnx_types.ts";
import type { DenoiserInputs } from "./denoiser_inputs.ts";

/** The tokens of a sequence, in order; empty where a value has no sequence, such as an embedding of the timestep. */
export type TokenOrder = readonly ("text" | "image")[];

const NONE: TokenOrder = [], TEXT: TokenOrder = ["text"], IMAGE: TokenOrder = ["image"];

/** The axis along which exporters join and part text and image again, once the result of attention is [B, L, C]. */
const SEQUENCE_AXIS = 1;

function axisOf(index: GraphIndex, node: NodeProto, input: number): number | undefined {
  const attribute = attributeOf(node, "axis");
  if (attribute) return toNumber(attribute.i);
  return node.input[input] ? index.numbers(node.input[input])?.[0] : undefined;
}

/** Both in one sequence, or features of the same sequence side by side. */
function joined(orders: readonly TokenOrder[]): TokenOrder {
  const held = orders.filter((order) => order.length > 0);
  const kinds = held.flat();
  if (held.length === 2 && kinds.length === 2 && kinds[0] !== kinds[1]) return kinds;
  return held.reduce((longest, order) => order.length > longest.length ? order : longest, NONE);
}

/** A part of a joint sequence is its head or its tail. */
function parted(index: GraphIndex, node: NodeProto, output: number, order: TokenOrder): TokenOrder {
  if (order.length < 2) return order;
  if (node.opType === "Split") return axisOf(index, node, 1) === SEQUENCE_AXIS ? [order[output]] : order;
  if (axisOf(index, node, 3) !== SEQUENCE_AXIS) return order;
  return [order[index.numbers(node.input[1])?.[0] === 0 ? 0 : 1]];
}

/**
 * Follows tokens from the graph's inputs through every node. A product has the rows of its first operand: attention has
 * those of its queries, whatever they attend to. Sizes, from Shape, carry none.
 *
 * Needs the nodes in topological order, as ONNX demands.
 */
export function tokenOrders(index: GraphIndex, inputs: DenoiserInputs): (value: string) => TokenOrder {
  const known = new Map<string, TokenOrder>([[inputs.text, TEXT], [inputs.image, IMAGE]]);
  const orderOf = (value: string) => known.get(value) ?? NONE;
  for (const node of index.graph.node) {
    if (node.opType === "Shape" || node.opType === "Size") continue;
    const orders = inputsOf(node).map(orderOf);
    const order = node.opType === "Concat" ? joined(orders) : orders.find(({ length }) => length > 0) ?? NONE;
    if (order.length === 0) continue;
    const parts = node.opType === "Slice" || node.opType === "Split";
    node.output.forEach((output, i) => known.set(output, parts ? parted(index, node, i, order) : order));
  }
  return orderOf;
}
