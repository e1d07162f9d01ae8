import type { NodeBuilder, ScoresInfo } from "../node_builder.ts";
import { finishWeights, prepareScores } from "../row_nodes.ts";

/** softmax over the last axis of float32 scores. */
export function softmaxNode(builder: NodeBuilder, scores: string): string {
  return builder.node("Softmax", [scores], { axis: -1 });
}

/** Nodes of softmax(z). */
export function denseGraph(builder: NodeBuilder, scores: string, info: ScoresInfo): string {
  return finishWeights(builder, softmaxNode(builder, prepareScores(builder, scores, info)), info);
}
