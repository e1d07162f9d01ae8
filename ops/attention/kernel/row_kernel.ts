/**
 * The attention kernel with one invocation a query.
 *
 * @module
 */
import { bindingsSource, load, offsetsSource, scoreSource, store } from "./kernel_frame.ts";
import { type KernelParts, policySource } from "./kernel_policy.ts";
import type { KernelShape } from "./kernel_shape.ts";
import { number } from "./power_source.ts";

/** Up to this head size nothing is left of a loop over it: its arrays become registers. */
export const UNROLLED = 80;

/** Elements at a time beyond that. */
export const BLOCK = 16;

/**
 * A statement for each element of a head. Apart from speed, llvmpipe leaves a shader's loops after 65,535 turns in all,
 * and says nothing: nested loops over keys and elements would be cut short.
 */
function eachElement(headSize: number, statement: (d: string) => string): string {
  const lines = (count: number, at: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => statement(at(i))).join(" ");
  if (headSize <= UNROLLED) return lines(headSize, (i) => `${i}u`);
  const whole = headSize - headSize % BLOCK;
  return `for (var block = 0u; block < ${whole}u; block += ${BLOCK}u) { ${
    lines(BLOCK, (i) => `block + ${i}u`)
  } }
    ${lines(headSize % BLOCK, (i) => `${whole + i}u`)}`;
}

function dotSource(shape: KernelShape): string {
  return `var dot = 0.0;
    let key_row = key_at + j * size.key_row;
    ${eachElement(shape.headSize, (d) => `dot += q[${d}] * ${load(shape, `key[key_row + ${d}]`)};`)}
    ${scoreSource(shape)}`;
}

/** Adds a key's value with `weight`. */
function addSource(shape: KernelShape): string {
  return `let value_row = value_at + j * size.value_row;
    ${
    eachElement(shape.headSize, (d) => `result[${d}] += weight * ${load(shape, `value[value_row + ${d}]`)};`)
  }`;
}

function rowParts(shape: KernelShape): KernelParts {
  const keeps = shape.store.kind === "kept";
  const loop = (from: string, to: string, body: string) =>
    `for (var j = ${from}; j < ${to}; j++) {
    ${body}
  }`;
  const pass: KernelParts["pass"] = ([from, to], body) =>
    loop(from, to, `${keeps ? "let z = scores[j];" : dotSource(shape)}\n    ${body}`);
  return {
    pass,
    first: (body) =>
      loop("0u", "size.keys", `${dotSource(shape)}\n    ${keeps ? "scores[j] = z;\n    " : ""}${body}`),
    join: () => "",
    turn: (done, step) => `if (${done}) { break; }\n    ${step}`,
    add: (shares) =>
      shares.map(({ bounds, body }) => pass(bounds, `${body}\n    ${addSource(shape)}`)).join("\n  "),
  };
}

/** Softmax over any number of keys in one pass: what was added so far is scaled down when a larger score comes. */
function streamSource(shape: KernelShape): string {
  return `var top = ${number(-3e38)};
  var total = 0.0;
  for (var j = 0u; j < size.keys; j++) {
    ${dotSource(shape)}
    if (z > top) {
      let shrink = exp(top - z);
      total *= shrink;
      ${eachElement(shape.headSize, (d) => `result[${d}] *= shrink;`)}
      top = z;
    }
    let weight = exp(z - top);
    total += weight;
    ${addSource(shape)}
  }
  ${eachElement(shape.headSize, (d) => `result[${d}] /= total;`)}`;
}

/** WGSL of the kernel; dispatch ⌈Q / workgroup⌉ × H × B workgroups. */
export function rowKernel(shape: KernelShape): string {
  const { headSize, workgroup } = shape;
  const scores = shape.store.kind === "kept" ? `var scores: array<f32, ${shape.store.keys}>;` : "";
  return `${bindingsSource(shape)}

@compute @workgroup_size(${workgroup})
fn main(@builtin(global_invocation_id) at: vec3<u32>) {
  let row = at.x;
  let head = at.y;
  let batch = at.z;
  if (row >= size.queries) { return; }
  ${offsetsSource(shape)}
  var q: array<f32, ${headSize}>;
  ${eachElement(headSize, (d) => `q[${d}] = ${load(shape, `query[query_at + ${d}]`)} * size.scale;`)}
  var result: array<f32, ${headSize}>;
  ${scores}
  ${policySource(shape, rowParts(shape), streamSource(shape))}
  ${eachElement(headSize, (d) => `output[output_at + ${d}] = ${store(shape, `result[${d}]`)};`)}
}
`;
}
