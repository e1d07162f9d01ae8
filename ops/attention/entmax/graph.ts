import { inFloat32, type LogitsInfo, type NodeBuilder, reduceKeys } from "../node_builder.ts";
import { checkAlpha } from "../policy.ts";
import { newtonSteps } from "./iterations.ts";

/** α at which [·]₊^(1/(α−1)) is a square, and at which it is the value itself. */
const ENTMAX_15 = 1.5, SPARSEMAX = 2;

/** Halvings of τ's interval where Newton's method has nothing to hold on to. Float32 resolves no more. */
const HALVINGS = 24;

/** Weights before they are divided by their sum, and the sum: [B, H, Q, K] and [B, H, Q, 1]. */
export interface Unnormalized {
  readonly weights: string;
  readonly sum: string;
}

/** One step towards τ for scores x = (α−1)(z − max z) ≤ 0; τ is [B, H, Q, 1] or a scalar. */
type Step = (tau: string) => string;

/**
 * Newton's method on h(τ) = (Σ[x − τ]₊^q)^(1/q), from τ = −1 below the solution, monotone. With F = Σuᵠ and
 * G = Σuᵠ⁻¹, u = [x − τ]₊: τ += (F − F^(1−1/q)) / G; for q = 2 that is h(h − 1)/Σu, for q = 1 (Σu − 1)/#{u > 0}.
 */
function newtonStep(builder: NodeBuilder, x: string, alpha: number): Step {
  const { node } = builder;
  const one = builder.constant(1, "float32");
  const positive = (tau: string) => node("Relu", [node("Sub", [x, tau])]);
  if (alpha === ENTMAX_15) {
    return (tau) => {
      const u = positive(tau), h = reduceKeys(builder, "ReduceL2", u);
      const slope = node("Div", [h, reduceKeys(builder, "ReduceSum", u)]);
      return node("Add", [tau, node("Mul", [node("Sub", [h, one]), slope])]);
    };
  }
  if (alpha === SPARSEMAX) {
    return (tau) => {
      const u = positive(tau), count = reduceKeys(builder, "ReduceSum", node("Sign", [u]));
      const excess = node("Sub", [reduceKeys(builder, "ReduceSum", u), one]);
      return node("Add", [tau, node("Div", [excess, count])]);
    };
  }
  const q = 1 / (alpha - 1);
  const less = builder.constant(q - 1, "float32"), root = builder.constant(1 - 1 / q, "float32");
  return (tau) => {
    const u = positive(tau), derivative = node("Pow", [u, less]);
    const f = reduceKeys(builder, "ReduceSum", node("Mul", [derivative, u]));
    const excess = node("Sub", [f, node("Pow", [f, root])]);
    return node("Add", [tau, node("Div", [excess, reduceKeys(builder, "ReduceSum", derivative)])]);
  };
}

/** τ for α above 2, where the derivative grows without bound at the edge of the support: bisection of [−1, 0]. */
function bisect(builder: NodeBuilder, x: string, alpha: number): string {
  const { node } = builder;
  const one = builder.constant(1, "float32"), q = builder.constant(1 / (alpha - 1), "float32");
  let low = builder.constant(-1, "float32");
  for (let i = 1; i <= HALVINGS; i++) {
    const middle = node("Add", [low, builder.constant(2 ** -i, "float32")]);
    const weights = node("Pow", [node("Relu", [node("Sub", [x, middle])]), q]);
    const isLow = node("GreaterOrEqual", [reduceKeys(builder, "ReduceSum", weights), one]);
    low = node("Where", [isLow, middle, low]);
  }
  return low;
}

/**
 * α-entmax before its division by the sum, which a caller may merge with a factor of its own.
 *
 * @param z Finite float32 scores, [B, H, Q, K].
 */
export function unnormalizedEntmax(
  builder: NodeBuilder,
  z: string,
  alpha: number,
  keys?: number,
): Unnormalized {
  checkAlpha(alpha);
  const { node } = builder;
  const shifted = node("Sub", [z, reduceKeys(builder, "ReduceMax", z)]);
  const x = alpha === SPARSEMAX ? shifted : node("Mul", [shifted, builder.constant(alpha - 1, "float32")]);
  let tau = builder.constant(-1, "float32");
  if (alpha > SPARSEMAX) tau = bisect(builder, x, alpha);
  else {
    const step = newtonStep(builder, x, alpha);
    for (let i = 0; i < newtonSteps(alpha, keys); i++) tau = step(tau);
  }
  const u = node("Relu", [node("Sub", [x, tau])]);
  const weights = alpha === SPARSEMAX
    ? u
    : alpha === ENTMAX_15
    ? node("Mul", [u, u])
    : node("Pow", [u, builder.constant(1 / (alpha - 1), "float32")]);
  return { weights, sum: reduceKeys(builder, "ReduceSum", weights) };
}

/** α-entmax over the keys as ONNX nodes. @throws {DomainError} if α is out of range. */
export function entmaxGraph(builder: NodeBuilder, logits: string, alpha: number, info: LogitsInfo): string {
  return inFloat32(builder, logits, info, (z) => {
    const { weights, sum } = unnormalizedEntmax(builder, z, alpha, info.keys);
    return builder.node("Div", [weights, sum]);
  });
}
