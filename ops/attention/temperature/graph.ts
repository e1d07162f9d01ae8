import { softmaxNode } from "../dense/graph.ts";
import type { NodeBuilder, ScoresInfo } from "../node_builder.ts";
import { TEMPERATURE_INPUT } from "../policy.ts";
import { finishWeights, prepareScores, rowNodes } from "../row_nodes.ts";

/** Nodes of softmax(z / T), T a graph input. */
export function temperatureGraph(builder: NodeBuilder, scores: string, info: ScoresInfo): string {
  const nodes = rowNodes(builder);
  const cooled = nodes.div(prepareScores(builder, scores, info), builder.input(TEMPERATURE_INPUT));
  return finishWeights(builder, softmaxNode(builder, cooled), info);
}
