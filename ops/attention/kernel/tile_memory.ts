/**
 * A tile's variables in workgroup memory, and how vectors come there from buffers and go back.
 *
 * @module
 */
import type { KernelShape } from "./kernel_shape.ts";
import { tileLayout, type TileShape } from "./tile_layout.ts";

/** Whether heads begin at whole vectors, as in every layout they do where D is a multiple of four. */
export function loadsVectors({ headSize }: KernelShape): boolean {
  return headSize % 4 === 0;
}

/** Declares `tile`, the pool; `scores`; and `waits`, one for each query that the loop for τ goes on for. */
export function tileVariables(shape: TileShape): string {
  const { pool, scoreStride } = tileLayout(shape), { queries } = shape.lanes;
  return `var<workgroup> tile: array<vec4<f32>, ${pool}>;
var<workgroup> scores: array<f32, ${queries * scoreStride}>;
var<workgroup> waits: array<u32, ${queries}>;`;
}

/** `NAME_vector(at, d)`: vector d of the row that begins at element `at`, zeros beyond the head's end. */
function loadSource(shape: TileShape, name: "query" | "key" | "value"): string {
  const half = shape.dtype === "float16", { headSize } = shape;
  const { chunks, depth, vectors } = tileLayout(shape);
  const head = `fn ${name}_vector(at: u32, d: u32) -> vec4<f32>`;
  if (loadsVectors(shape)) {
    const vector = `${name}[at / 4u + d]`, loaded = half ? `vec4<f32>(${vector})` : vector;
    const within = chunks * depth === vectors;
    return `${head} { return ${within ? loaded : `select(vec4<f32>(), ${loaded}, d < ${vectors}u)`}; }`;
  }
  const element = (i: number) => {
    const x = `${name}[at + 4u * d + ${i}u]`;
    return `select(0.0, ${half ? `f32(${x})` : x}, 4u * d + ${i}u < ${headSize}u)`;
  };
  return `${head} { return vec4<f32>(${[0, 1, 2, 3].map(element).join(", ")}); }`;
}

/** `put_output(at, d, x)`: writes x as vector d of the row that begins at element `at`. */
function storeSource(shape: KernelShape): string {
  const half = shape.dtype === "float16", { headSize } = shape;
  const head = "fn put_output(at: u32, d: u32, x: vec4<f32>)";
  if (loadsVectors(shape)) return `${head} { output[at / 4u + d] = ${half ? "vec4<f16>(x)" : "x"}; }`;
  const element = (i: number) =>
    `if (4u * d + ${i}u < ${headSize}u) { output[at + 4u * d + ${i}u] = ${
      half ? `f16(x[${i}])` : `x[${i}]`
    }; }`;
  return `${head} {
  ${[0, 1, 2, 3].map(element).join("\n  ")}
}`;
}

/** The functions that load and store vectors. */
export function vectorFunctions(shape: TileShape): string {
  return [...(["query", "key", "value"] as const).map((name) => loadSource(shape, name)), storeSource(shape)]
    .join("\n");
}

/** Items that the invocations of a workgroup share. */
export interface SharedItems {
  readonly count: number;
  /** Invocations of the workgroup. */
  readonly workgroup: number;
  /** Whether an item is there, as WGSL; all are if absent. */
  readonly where?: string;
}

/** A statement for each item, `item`; neighbours have neighbours. */
export function eachItem({ count, workgroup, where }: SharedItems, statement: string): string {
  return Array.from({ length: Math.ceil(count / workgroup) }, (_, turn) => {
    const whole = (turn + 1) * workgroup <= count;
    const there = [...(whole ? [] : [`item < ${count}u`]), ...(where === undefined ? [] : [where])].join(
      " && ",
    );
    const guarded = there ? `if (${there}) { ${statement} }` : statement;
    return `{ let item = index + ${turn * workgroup}u; ${guarded} }`;
  }).join("\n    ");
}
