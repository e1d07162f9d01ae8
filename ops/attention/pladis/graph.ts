import { softmaxNode } from "../dense/graph.ts";
import { entmaxNodes, shiftScores } from "../entmax/threshold_nodes.ts";
import type { NodeBuilder, ScoresInfo } from "../node_builder.ts";
import { checkAlpha, LAMBDA_INPUT } from "../policy.ts";
import { finishWeights, prepareScores, rowNodes } from "../row_nodes.ts";

/**
 * Nodes of λ·entmax_α(z) + (1 − λ)·softmax(z), λ a graph input.
 *
 * λ joins the division by the row's sum, a value a row, so that mixing costs three passes.
 *
 * @throws {DomainError} if α is out of its domain.
 */
export function pladisGraph(builder: NodeBuilder, scores: string, info: ScoresInfo, alpha: number): string {
  checkAlpha(alpha);
  const nodes = rowNodes(builder);
  const lambda = builder.input(LAMBDA_INPUT);
  const z = prepareScores(builder, scores, info);
  const dense = nodes.mul(softmaxNode(builder, z), nodes.sub(1, lambda));
  const { powers, sum } = entmaxNodes(builder, nodes, shiftScores(nodes, z, alpha), alpha, info.keys);
  const sparse = nodes.mul(powers, nodes.div(nodes.perRow(lambda), sum));
  return finishWeights(builder, nodes.add(dense, sparse), info);
}
