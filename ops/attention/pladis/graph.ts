import { unnormalizedEntmax } from "../entmax/graph.ts";
import { inFloat32, type LogitsInfo, type NodeBuilder } from "../node_builder.ts";
import { LAMBDA_INPUT } from "../policy.ts";

/**
 * PLADIS over the keys as ONNX nodes, λ a graph input: W = (λ/Σ)·[x − τ]₊^q + (1 − λ)·softmax(z). The division by the
 * sum and the factor λ are one pass.
 *
 * @throws {DomainError} if α is out of range.
 */
export function pladisGraph(builder: NodeBuilder, logits: string, alpha: number, info: LogitsInfo): string {
  return inFloat32(builder, logits, info, (z) => {
    const { node } = builder;
    const lambda = builder.input(LAMBDA_INPUT);
    const { weights, sum } = unnormalizedEntmax(builder, z, alpha, info.keys);
    const sparse = node("Mul", [weights, node("Div", [lambda, sum])]);
    const rest = node("Sub", [builder.constant(1, "float32"), lambda]);
    return node("Add", [sparse, node("Mul", [node("Softmax", [z], { axis: -1 }), rest])]);
  });
}
