import type { NodeBuilder, ScoresInfo } from "../node_builder.ts";
import { checkAlpha } from "../policy.ts";
import { finishWeights, prepareScores, rowNodes } from "../row_nodes.ts";
import { entmaxNodes, shiftScores } from "./threshold_nodes.ts";

/**
 * Nodes of entmax_α(z).
 *
 * @throws {DomainError} if α is out of its domain.
 */
export function entmaxGraph(builder: NodeBuilder, scores: string, info: ScoresInfo, alpha: number): string {
  checkAlpha(alpha);
  const nodes = rowNodes(builder);
  const shifted = shiftScores(nodes, prepareScores(builder, scores, info), alpha);
  const { powers, sum } = entmaxNodes(builder, nodes, shifted, alpha, info.keys);
  return finishWeights(builder, nodes.div(powers, sum), info);
}
