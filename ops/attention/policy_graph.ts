import type { NodeBuilder } from "./node_builder.ts";
import type { AttentionPolicy } from "./policy.ts";
export function policyGraph(p: AttentionPolicy, b: NodeBuilder, z: string, _info: { keys?: number; dtype: "float32" | "float16" }): string {
  const soft = b.node("Softmax", [z], { axis: -1 });
  if (p.kind === "dense") return soft;
  const ax = b.constant([-1], "int64"), a = p.alpha, q = 1 / (a - 1);
  const max = b.node("ReduceMax", [z, ax], { keepdims: 1 });
  const x = b.node("Mul", [b.node("Sub", [z, max]), b.constant(a - 1, "float32")]);
  let tau = b.constant(-1, "float32");
  const one = b.constant(1, "float32");
  for (let i = 0; i < 12; i++) {
    const u = b.node("Relu", [b.node("Sub", [x, tau])]);
    const F = b.node("ReduceSum", [b.node("Pow", [u, b.constant(q, "float32")]), ax], { keepdims: 1 });
    const G = q === 1 ? b.node("ReduceSum", [b.node("Sign", [u]), ax], { keepdims: 1 }) : b.node("ReduceSum", [b.node("Pow", [u, b.constant(q - 1, "float32")]), ax], { keepdims: 1 });
    const num = b.node("Sub", [F, q === 1 ? one : b.node("Pow", [F, b.constant(1 - 1 / q, "float32")])]);
    tau = b.node("Add", [tau, b.node("Div", [num, G])]);
  }
  const u = b.node("Pow", [b.node("Relu", [b.node("Sub", [x, tau])]), b.constant(q, "float32")]);
  const ent = b.node("Div", [u, b.node("ReduceSum", [u, ax], { keepdims: 1 })]);
  if (p.kind === "entmax") return ent;
  return b.node("Add", [soft, b.node("Mul", [b.node("Sub", [ent, soft]), b.input("pladis_lambda")])]);
}
