/**
 * What every attention kernel has in common: its bindings, its uniforms, and where its rows lie.
 *
 * @module
 */
import { MASKED_SCORE } from "../policy.ts";
import { number } from "./power_source.ts";
import type { KernelShape } from "./kernel_shape.ts";

/**
 * The uniforms, in order; all are u32 but the two at the end, which are f32. Strides are in elements: multiples of the
 * head size, but for a mask, where they are 0 if it is broadcast. Queries `reach` to `reach_end` have the policy over the keys `part` to `part_end`; it is all of both but in
 * joint attention. `lambda` is 1 / T where the policy is a temperature.
 */
export const UNIFORMS = [
  "batch",
  "heads",
  "queries",
  "keys",
  "query_batch",
  "query_head",
  "query_row",
  "key_batch",
  "key_head",
  "key_row",
  "value_batch",
  "value_head",
  "value_row",
  "output_batch",
  "output_head",
  "output_row",
  "mask_batch",
  "mask_head",
  "mask_row",
  "mask_key",
  "reach",
  "reach_end",
  "part",
  "part_end",
  "scale",
  "lambda",
] as const;

/** Bytes of the uniforms, a multiple of 16. */
export const UNIFORM_BYTES = Math.ceil(UNIFORMS.length / 4) * 16;

const FLOAT_UNIFORMS = new Set<string>(["scale", "lambda"]);

/**
 * Bindings, in order: queries, keys, values, result, uniforms, and the mask where there is one.
 *
 * @param vectors Whether all but the mask are bound as vectors of four elements.
 */
export function bindingsSource({ dtype, masked }: KernelShape, vectors = false): string {
  const element = dtype === "float16" ? "f16" : "f32", type = vectors ? `vec4<${element}>` : element;
  const fields = UNIFORMS.map((name) => `  ${name}: ${FLOAT_UNIFORMS.has(name) ? "f32" : "u32"},`);
  return [
    ...(dtype === "float16" ? ["enable f16;"] : []),
    "struct Sizes {",
    ...fields,
    "};",
    `@group(0) @binding(0) var<storage, read> query: array<${type}>;`,
    `@group(0) @binding(1) var<storage, read> key: array<${type}>;`,
    `@group(0) @binding(2) var<storage, read> value: array<${type}>;`,
    `@group(0) @binding(3) var<storage, read_write> output: array<${type}>;`,
    "@group(0) @binding(4) var<uniform> size: Sizes;",
    ...(masked ? [`@group(0) @binding(5) var<storage, read> mask: array<${element}>;`] : []),
  ].join("\n");
}

/** An element as f32. */
export function load(shape: KernelShape, expression: string): string {
  return shape.dtype === "float16" ? `f32(${expression})` : expression;
}

/** An f32 as an element. */
export function store(shape: KernelShape, expression: string): string {
  return shape.dtype === "float16" ? `f16(${expression})` : expression;
}

/** Offsets of the first row of a head: `head` and `batch` must be declared. */
export function headOffsetsSource({ masked }: KernelShape): string {
  return ["query", "key", "value", "output", ...(masked ? ["mask"] : [])]
    .map((name) => `let ${name}_at = batch * size.${name}_batch + head * size.${name}_head;`)
    .join("\n  ");
}

/** Offsets of a row: `row`, `head` and `batch` must be declared. */
export function offsetsSource({ masked }: KernelShape): string {
  const offset = (name: string, row: string) =>
    `let ${name}_at = batch * size.${name}_batch + head * size.${name}_head${row};`;
  return [
    offset("query", " + row * size.query_row"),
    offset("key", ""),
    offset("value", ""),
    offset("output", " + row * size.output_row"),
    ...(masked ? [offset("mask", " + row * size.mask_row")] : []),
  ].join("\n  ");
}

/** Declares `z`, the score of key `j`, from its product with the query, `dot`. */
export function scoreSource(shape: KernelShape): string {
  const sum = shape.masked ? `dot + ${load(shape, "mask[mask_at + j * size.mask_key]")}` : "dot";
  // in joint attention the temperature is that of a part alone
  const cooled = shape.kind === "temperature" && !shape.joint ? " * size.lambda" : "";
  return `let z = max(${sum}, ${number(MASKED_SCORE)})${cooled};`;
}
