import { denseGraph } from "./dense/graph.ts";
import { entmaxGraph } from "./entmax/graph.ts";
import type { LogitsInfo, NodeBuilder } from "./node_builder.ts";
import { pladisGraph } from "./pladis/graph.ts";
import type { AttentionPolicy } from "./policy.ts";

/**
 * A policy as ONNX nodes.
 *
 * @param logits Scores, [B batch, H heads, Q queries, K keys], scaled and masked.
 * @returns The weights' name; same shape and type.
 * @throws {DomainError} if α is out of range.
 */
export function policyGraph(
  policy: AttentionPolicy,
  builder: NodeBuilder,
  logits: string,
  info: LogitsInfo,
): string {
  switch (policy.kind) {
    case "dense":
      return denseGraph(builder, logits, info);
    case "entmax":
      return entmaxGraph(builder, logits, policy.alpha, info);
    case "pladis":
      return pladisGraph(builder, logits, policy.alpha, info);
    default:
      return policy satisfies never;
  }
}
