/**
 * The attention kernel with one workgroup a query: its invocations share the keys, then the head size.
 *
 * @module
 */
import { bindingsSource, load, offsetsSource, scoreSource, store } from "./kernel_frame.ts";
import { type KernelParts, policySource } from "./kernel_policy.ts";
import type { KernelLanes, KernelShape } from "./kernel_shape.ts";

type Group = Extract<KernelLanes, { kind: "group" }>;

function dotSource(shape: KernelShape): string {
  return `var dot = 0.0;
      let key_row = key_at + j * size.key_row;
      for (var d = 0u; d < ${shape.headSize}u; d++) { dot += q[d] * ${load(shape, "key[key_row + d]")}; }
      ${scoreSource(shape)}`;
}

/** Sums and maxima over a workgroup that is one subgroup. */
const BY_SUBGROUP = `fn join_sum(x: f32, lane: u32) -> f32 { return subgroupAdd(x); }
fn join_max(x: f32, lane: u32) -> f32 { return subgroupMax(x); }`;

/** The same by halves through workgroup memory, for adapters without subgroups. */
function byHalves(lanes: number): string {
  const join = (name: string, combined: string) =>
    `fn join_${name}(x: f32, lane: u32) -> f32 {
  partial[lane] = x;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { partial[lane] = ${combined}; }
    workgroupBarrier();
  }
  if (lane == 0u) { joined = partial[0]; }
  return workgroupUniformLoad(&joined);
}`;
  return `var<workgroup> partial: array<f32, ${lanes}>;
var<workgroup> joined: f32;
${join("sum", "partial[lane] + partial[lane + half]")}
${join("max", "max(partial[lane], partial[lane + half])")}`;
}

function groupParts(shape: KernelShape, lanes: number): KernelParts {
  const keeps = shape.store.kind === "private";
  /** Each invocation has one key of every tile; loops are the same for all of them, as barriers ask. */
  const tiles = (inside: string, after = "") =>
    `for (var tile = 0u; tile * ${lanes}u < size.keys; tile++) {
      let j = tile * ${lanes}u + lane;
      ${inside}${after}
    }`;
  const score = keeps ? "let z = scores[tile];" : dotSource(shape);
  return {
    pass: ([from, to], body) =>
      tiles(`if (j >= ${from} && j < ${to}) {\n      ${score}\n      ${body}\n      }`),
    first: (body) =>
      tiles(
        `if (j < size.keys) {\n      ${dotSource(shape)}\n      ${
          keeps ? "scores[tile] = z;" : ""
        }\n      ${body}\n      }`,
      ),
    join: (name, how) => `${name} = join_${how}(${name}, lane);`,
    add: ([from, to], body) =>
      tiles(
        `var share = 0.0;
      if (j >= ${from} && j < ${to}) {
      ${score}
      ${body}
      share = weight;
      }
      weights[lane] = share;
      workgroupBarrier();`,
        `
      let count = min(${lanes}u, size.keys - tile * ${lanes}u);
      for (var other = 0u; other < count; other++) {
        let value_row = value_at + (tile * ${lanes}u + other) * size.value_row;
        for (var d = lane; d < ${shape.headSize}u; d += ${lanes}u) {
          result[d / ${lanes}u] += weights[other] * ${load(shape, "value[value_row + d]")};
        }
      }
      workgroupBarrier();`,
      ),
  };
}

/** WGSL of the kernel; dispatch Q × H × B workgroups. */
export function groupKernel(shape: KernelShape, { lanes, join }: Group): string {
  const { headSize } = shape;
  const scores = shape.store.kind === "private"
    ? `var scores: array<f32, ${Math.ceil(shape.store.keys / lanes)}>;`
    : "";
  const enables = join === "subgroup" ? "enable subgroups;\n" : "";
  return `${enables}${bindingsSource(shape)}
var<workgroup> q: array<f32, ${headSize}>;
var<workgroup> weights: array<f32, ${lanes}>;
${join === "memory" ? byHalves(lanes) : BY_SUBGROUP}

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) at: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = at.x;
  let head = at.y;
  let batch = at.z;
  ${offsetsSource(shape)}
  for (var d = lane; d < ${headSize}u; d += ${lanes}u) { q[d] = ${
    load(shape, "query[query_at + d]")
  } * size.scale; }
  workgroupBarrier();
  var result: array<f32, ${Math.ceil(headSize / lanes)}>;
  ${scores}
  ${policySource(shape, groupParts(shape, lanes))}
  for (var d = lane; d < ${headSize}u; d += ${lanes}u) { output[output_at + d] = ${
    store(shape, `result[d / ${lanes}u]`)
  }; }
}
`;
}
