import { softmaxNode } from "../dense/graph.ts";
import type { NodeBuilder, ScoresInfo } from "../node_builder.ts";
import type { AttentionPolicy } from "../policy.ts";
import { policyGraph } from "../policy_graph.ts";
import { finishWeights, prepareScores, rowNodes } from "../row_nodes.ts";
import type { JointOrder } from "./joint_reach.ts";

/** The text of a joint sequence, as a graph knows it. */
export interface JointText {
  readonly order: JointOrder;
  /** Name of the number of its tokens, int64 [1]. */
  readonly length: string;
}

/** The end of an axis, whatever its length. */
const END = 2 ** 31 - 1;

const QUERIES = -2, KEYS = -1;

/**
 * Nodes of a policy in joint attention: `jointReference`, the lengths known only when running.
 *
 * The rows of the text's queries, and the image's part of the others, are copied once and not computed again.
 *
 * @param scores Name of the scores, [B, H, L, L] or [B·H, L, L] with L the length of the joint sequence.
 * @param info `keys` is here the number of the text's tokens, where it is known when compiling.
 * @throws {DomainError} if α is out of its domain.
 */
export function jointGraph(
  policy: AttentionPolicy,
  builder: NodeBuilder,
  scores: string,
  info: ScoresInfo,
  { order, length }: JointText,
): string {
  const nodes = rowNodes(builder);
  const zero = builder.constant([0], "int64"), end = builder.constant([END], "int64");
  const fromEnd = order === "text-image" ? length : builder.node("Neg", [length]);
  const range = { first: [zero, fromEnd], second: [fromEnd, end] };
  const [text, image] = order === "text-image" ? [range.first, range.second] : [range.second, range.first];
  const slice = (x: string, [from, to]: string[], axis: number) =>
    builder.node("Slice", [x, from, to, builder.constant([axis], "int64")]);
  const z = prepareScores(builder, scores, info);
  const dense = softmaxNode(builder, z);
  const imageRows = slice(dense, image, QUERIES);
  const mass = nodes.sum(slice(imageRows, text, KEYS));
  const own = policyGraph(policy, builder, slice(slice(z, image, QUERIES), text, KEYS), {
    ...(info.keys === undefined ? {} : { keys: info.keys }),
    dtype: "float32",
    masked: false,
  });
  const inOrder = (ofText: string, ofImage: string) =>
    order === "text-image" ? [ofText, ofImage] : [ofImage, ofText];
  const row = builder.node("Concat", inOrder(nodes.mul(own, mass), slice(imageRows, image, KEYS)), {
    axis: KEYS,
  });
  const all = builder.node("Concat", inOrder(slice(dense, text, QUERIES), row), { axis: QUERIES });
  return finishWeights(builder, all, info);
}
