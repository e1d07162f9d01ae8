/**
 * Nodes that work along the rows of a score matrix.
 *
 * Measured on onnxruntime 1.30 with two threads, ns a score of [8, 8192, 77] (native) and [8, 2048, 77] (wasm):
 *
 * | node                            | native | wasm |
 * |---------------------------------|--------|------|
 * | Sub, Mul, Add, Relu, Clip       | 0.1    | 0.2  |
 * | HardSigmoid                     | 0.08   | 0.13 |
 * | ReduceSum                       | 0.03   | 0.15 |
 * | ReduceMax                       | 0.04   | 0.45 |
 * | ReduceL2                        | 0.13   | 0.2  |
 * | Sqrt                            | 0.15   | 0.2  |
 * | Exp                             | 0.08   | 1.0  |
 * | Log                             | 0.7    | 1.1  |
 * | Softmax                         | 0.2    | 1.1  |
 * | Sign                            | 0.7    | 0.3  |
 * | Pow                             | 1.6    | 2.8  |
 * | a value a row and a [1, 1]      | 0      | 0.01 |
 * | a value a row and a scalar      | 0.08   | 0.2  |
 *
 * So a norm is ReduceL2, one pass that stores nothing; Pow is kept for exponents that nothing else gives; and a number
 * that meets a value a row, [B, H, Q, 1], has two axes: onnxruntime's broadcasting takes a scalar's innermost axis for
 * one to step along, and goes row by row.
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
  const reduction = (opType: string) => (x: string) =>
    builder.opset >= AXES_AS_INPUT
      ? builder.node(opType, [x, axis()], { keepdims: 1 })
      : builder.node(opType, [x], { axes: [-1], keepdims: 1 });
  const perRow = new Map<number | string, string>();
  return {
    /** A number, or a scalar by name, of shape [1, 1]: what a value a row is to be combined with. */
    perRow(x: number | string): string {
      const made = perRow.get(x) ?? builder.node("Reshape", [scalar(x), builder.constant([1, 1], "int64")]);
      perRow.set(x, made);
      return made;
    },
    add: binary("Add"),
    sub: binary("Sub"),
    mul: binary("Mul"),
    div: binary("Div"),
    pow: binary("Pow"),
    relu: (x: string) => builder.node("Relu", [x]),
    atLeast: (x: string, least: number) => builder.node("Clip", [x, scalar(least)]),
    exp: (x: string) => builder.node("Exp", [x]),
    log: (x: string) => builder.node("Log", [x]),
    sqrt: (x: string) => builder.node("Sqrt", [x]),
    sign: (x: string) => builder.node("Sign", [x]),
    sum: (x: string) => builder.node("ReduceSum", [x, axis()], { keepdims: 1 }),
    max: reduction("ReduceMax"),
    norm: reduction("ReduceL2"),
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
