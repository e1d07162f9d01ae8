/**
 * Nodes that work along the rows of a score matrix.
 *
 * Measured on onnxruntime 1.30's CPU kernels, [2, 8, 1024, 77], one thread, in ms: ReduceSum 0.15, ReduceMax 0.41,
 * MatMul by ones 0.53, ReduceSumSquare 0.72, ReduceL2 0.89, LayerNormalization (for its two sums) 1.39; Sub, Mul, Relu,
 * Clip 0.2 to 0.3 each, Max by broadcast 0.2, Exp 0.5, Sign 1.4, Pow 11, Softmax 0.9. So a sum of squares is a Mul and
 * a ReduceSum, and Pow is kept for exponents that nothing else gives.
 *
 * @module
 */
import type { NodeBuilder, ScoresInfo } from "./node_builder.ts";
import { DEFAULT_MASKED } from "./node_builder.ts";
import { MASKED_SCORE } from "./policy.ts";

/** ONNX's TensorProto.DataType. */
const FLOAT = 1, FLOAT16 = 10;

/** Since opset 18 the reductions other than ReduceSum take their axes as an input. */
const AXES_AS_INPUT = 18;

/** Short names for the nodes of row arithmetic. Operands broadcast; reductions keep the last axis, at length 1. */
export function rowNodes(builder: NodeBuilder) {
  const axis = () => builder.constant([-1], "int64");
  const scalar = (x: number | string) => typeof x === "number" ? builder.constant(x, "float32") : x;
  const binary = (opType: string) => (a: number | string, b: number | string) =>
    builder.node(opType, [scalar(a), scalar(b)]);
  return {
    add: binary("Add"),
    sub: binary("Sub"),
    mul: binary("Mul"),
    div: binary("Div"),
    pow: binary("Pow"),
    relu: (x: string) => builder.node("Relu", [x]),
    sqrt: (x: string) => builder.node("Sqrt", [x]),
    sign: (x: string) => builder.node("Sign", [x]),
    sum: (x: string) => builder.node("ReduceSum", [x, axis()], { keepdims: 1 }),
    max: (x: string) =>
      builder.opset >= AXES_AS_INPUT
        ? builder.node("ReduceMax", [x, axis()], { keepdims: 1 })
        : builder.node("ReduceMax", [x], { axes: [-1], keepdims: 1 }),
  };
}

/** Arithmetic on rows, by name. */
export type RowNodes = ReturnType<typeof rowNodes>;

/** The scores in float32, none below `MASKED_SCORE`. */
export function prepareScores(builder: NodeBuilder, scores: string, info: ScoresInfo): string {
  const { dtype, masked = DEFAULT_MASKED } = info;
  const float = dtype === "float16" ? builder.node("Cast", [scores], { to: FLOAT }) : scores;
  return masked ? builder.node("Clip", [float, builder.constant(MASKED_SCORE, "float32")]) : float;
}

/** Weights in the type of the scores. */
export function finishWeights(builder: NodeBuilder, weights: string, { dtype }: ScoresInfo): string {
  return dtype === "float16" ? builder.node("Cast", [weights], { to: FLOAT16 }) : weights;
}
