/**
 * Guidance inside attention as ONNX nodes around a site, whatever form the site itself has. Queries, values and results
 * are packed, [B, L, C] with C = H·D.
 *
 * @module
 */
import type { NodeBuilder } from "../node_builder.ts";
import { blurInput, NAG_ALPHA, NAG_SCALE, NAG_TAU, PAG_ROWS, SEG_ROWS, SLG_ROWS } from "./guided_inputs.ts";

/** A builder, and how an input of float32 comes to the type of the values. */
export interface GuidedBuilder {
  readonly builder: NodeBuilder;
  readonly typed: (input: string) => string;
}

/** Shorter than any result, and a number in float16. */
const LEAST_NORM = 1e-7;

const ROWS = ["batch of rows", "1", "1"] as const;

/** x where the rows' share is 0, `other` where it is 1. */
function mixed({ builder, typed }: GuidedBuilder, x: string, other: string, rows: string): string {
  const share = typed(builder.input(rows, ROWS));
  return builder.node("Add", [x, builder.node("Mul", [builder.node("Sub", [other, x]), share])]);
}

/**
 * Results of self-attention whose map is the identity in some rows: each query has its own value. Ahn et al.,
 * "Self-Rectifying Diffusion Sampling with Perturbed-Attention Guidance", arXiv 2403.17377.
 */
export function identityGraph(guided: GuidedBuilder, result: string, value: string): string {
  return mixed(guided, result, value, PAG_ROWS);
}

/** What a transformer block gives, or in some rows what it was given: skip-layer guidance. */
export function skippedGraph(guided: GuidedBuilder, output: string, input: string): string {
  return mixed(guided, output, input, SLG_ROWS);
}

/**
 * Queries that are blurred over the image in some rows: Hong, arXiv 2408.00760. A blur is a matrix along either axis of
 * the grid (`blurMatrix`), so that its size, its bounds and its mean are numbers and no nodes.
 *
 * @param factor How many times smaller than the latents the grid is.
 * @param width C.
 */
export function blurredGraph(guided: GuidedBuilder, query: string, factor: number, width: number): string {
  const { builder, typed } = guided;
  const numbers = (...values: number[]) => builder.constant(values, "int64");
  const matrix = (axis: "rows" | "columns") => {
    const name = builder.input(blurInput(axis, factor), [`${axis} ${factor}`, `${axis} ${factor}`]);
    const length = builder.node("Slice", [
      builder.node("Shape", [name]),
      numbers(0),
      numbers(1),
      numbers(0),
    ]);
    return { values: typed(name), length };
  };
  const rows = matrix("rows"), columns = matrix("columns");
  const shaped = (x: string, ...parts: string[]) =>
    builder.node("Reshape", [x, builder.node("Concat", parts, { axis: 0 })]);
  // [B, h, w·C], then [B·h, w, C]
  const alongRows = builder.node("MatMul", [
    rows.values,
    shaped(query, numbers(0), rows.length, numbers(-1)),
  ]);
  const alongColumns = builder.node("MatMul", [
    columns.values,
    shaped(alongRows, numbers(-1), columns.length, numbers(width)),
  ]);
  const blurred = builder.node("Reshape", [alongColumns, builder.node("Shape", [query])]);
  return mixed(guided, query, blurred, SEG_ROWS);
}

/** Queries twice over, for keys and values of the prompt and of the negative prompt, one after the other: [2·B, L, C]. */
export function doubledGraph({ builder }: GuidedBuilder, query: string): string {
  return builder.node("Concat", [query, query], { axis: 0 });
}

/**
 * `normalizedAttention` of the two halves of results [2·B, L, C]: Chen et al., "Normalized Attention Guidance: Universal
 * Negative Guidance for Diffusion Models", arXiv 2505.21179. [B, L, C].
 */
export function normalizedGraph({ builder, typed }: GuidedBuilder, results: string): string {
  const node = builder.node.bind(builder);
  const scalar = (name: string) => typed(builder.input(name));
  const numbers = (...values: number[]) => builder.constant(values, "int64");
  const half = node("Div", [
    node("Slice", [node("Shape", [results]), numbers(0), numbers(1), numbers(0)]),
    numbers(2),
  ]);
  const end = numbers(2 ** 31 - 1);
  const positive = node("Slice", [results, numbers(0), half, numbers(0)]);
  const negative = node("Slice", [results, half, end, numbers(0)]);
  const norm = (x: string) =>
    builder.opset >= 18
      ? node("ReduceL1", [x, numbers(-1)], { keepdims: 1 })
      : node("ReduceL1", [x], { axes: [-1], keepdims: 1 });
  // p + (s − 1)(p − n) = n + s(p − n)
  const difference = node("Sub", [positive, negative]);
  const guided = node("Add", [negative, node("Mul", [difference, scalar(NAG_SCALE)])]);
  const most = node("Mul", [norm(positive), scalar(NAG_TAU)]);
  const found = norm(guided);
  // where both are nothing, nothing is what comes out
  const least = typed(builder.constant(LEAST_NORM, "float32"));
  const factor = node("Div", [most, node("Max", [found, most, least])]);
  const pushed = node("Sub", [node("Mul", [guided, factor]), positive]);
  return node("Add", [positive, node("Mul", [pushed, scalar(NAG_ALPHA)])]);
}
