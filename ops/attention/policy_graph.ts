import { denseGraph } from "./dense/graph.ts";
import { entmaxGraph } from "./entmax/graph.ts";
import type { NodeBuilder, ScoresInfo } from "./node_builder.ts";
import { pladisGraph } from "./pladis/graph.ts";
import type { AttentionPolicy } from "./policy.ts";
import { temperatureGraph } from "./temperature/graph.ts";

/**
 * Writes a policy as ONNX nodes. α is compiled in; λ and T are the graph inputs that `policyInputs` names.
 *
 * @param builder Where the nodes go.
 * @param scores Name of the scores z, [B, H, Q, K], scaled and masked.
 * @returns Name of the weights, of the scores' shape and type.
 * @throws {DomainError} if α is out of its domain.
 */
export function policyGraph(
  policy: AttentionPolicy,
  builder: NodeBuilder,
  scores: string,
  info: ScoresInfo,
): string {
  switch (policy.kind) {
    case "dense":
      return denseGraph(builder, scores, info);
    case "entmax":
      return entmaxGraph(builder, scores, info, policy.alpha);
    case "temperature":
      return temperatureGraph(builder, scores, info);
    case "pladis":
      return pladisGraph(builder, scores, info, policy.alpha);
    default:
      return policy satisfies never;
  }
}
