/**
 * Into how many heads, and of what size, a site's operands are split.
 *
 * @module
 */
import type { GraphIndex } from "../onnx/graph_index.ts";
import type { NodeProto } from "../onnx/onnx_types.ts";
import { evaluateScalar, lastSize } from "./evaluate_scalar.ts";

/** The sizes of what is split: [B, L, H, D]. */
const SPLIT_RANK = 4;

/** H, from the shape [B, L, H, D] that the heads are split into. */
export function headsOfSplit(index: GraphIndex, shape: string): number | undefined {
  const concat = index.producer(shape);
  if (concat?.opType !== "Concat") return index.numbers(shape)?.at(2 - SPLIT_RANK);
  if (concat.input.length === SPLIT_RANK) return evaluateScalar(index, concat.input[2], NaN);
  // torch's unflatten writes [H, -1] between the sizes before and after it
  for (const input of concat.input) {
    const [heads, rest, ...more] = index.numbers(input) ?? [];
    if (heads > 0 && rest === -1 && more.length === 0) return heads;
  }
  return undefined;
}

/** A split above an operand that is far from it: past norms, rotations, and the joining of text and image. */
export function splitAbove(
  index: GraphIndex,
  operand: string,
): { readonly heads: number; readonly headSize: number } | undefined {
  const seen = new Set<NodeProto>(), open = [operand];
  while (open.length) {
    const node = index.producer(open.pop() as string);
    if (!node || seen.has(node) || node.opType === "Shape" || node.opType === "MatMul") continue;
    seen.add(node);
    if (node.opType === "Reshape") {
      const heads = headsOfSplit(index, node.input[1]), width = lastSize(index, node.input[0]);
      if (heads && width && width % heads === 0) return { heads, headSize: width / heads };
    }
    open.push(...node.input);
  }
  return undefined;
}
