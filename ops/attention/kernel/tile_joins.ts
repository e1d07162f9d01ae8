/**
 * How the invocations of a tile tell each other what they found.
 *
 * @module
 */
import { tileLayout, type TileShape } from "./tile_layout.ts";

/**
 * `join_NAME(x, index)`: combines what the invocations of a query have, two numbers at once. All of them get the same
 * bits, so that all take the same steps: in a butterfly both sides add the same two numbers, and in workgroup memory all
 * add in one order.
 */
function joinSource(shape: TileShape, name: string, combine: (a: string, b: string) => string): string {
  const { lanes, joined } = tileLayout(shape);
  const shuffles = Array.from(
    { length: Math.log2(joined) },
    (_, i) => `found = ${combine("found", `subgroupShuffleXor(found, ${2 ** i}u)`)};`,
  );
  const others = Array.from(
    { length: lanes / joined - 1 },
    (_, i) => `found = ${combine("found", `partial[first + ${(i + 1) * joined}u]`)};`,
  );
  const memory = others.length === 0 ? [] : [
    "partial[index] = found;",
    "workgroupBarrier();",
    `let first = index - index % ${lanes}u;`,
    "found = partial[first];",
    ...others,
    "workgroupBarrier();",
  ];
  return `fn join_${name}(x: vec2<f32>, index: u32) -> vec2<f32> {
  var found = x;
  ${[...shuffles, ...memory].join("\n  ")}
  return found;
}`;
}

/** The functions that join, and the memory that they need. */
export function joinFunctions(shape: TileShape): string {
  const { lanes, joined } = tileLayout(shape);
  return [
    ...(joined < lanes ? [`var<workgroup> partial: array<vec2<f32>, ${shape.workgroup}>;`] : []),
    joinSource(shape, "sum", (a, b) => `${a} + ${b}`),
    joinSource(shape, "max", (a, b) => `max(${a}, ${b})`),
  ].join("\n");
}

/**
 * Ends a turn of the loop for τ. Its barriers ask that all queries of a tile leave it together, when the slowest is
 * done; those that are done before keep their τ.
 */
export function turnSource({ lanes, joint }: TileShape, done: string, step: string): string {
  const waits = Array.from({ length: lanes.queries }, (_, query) => `waiting[${query}]`);
  return `let done = ${done}${joint ? " || !reached" : ""};
    if (member == 0u) { waits[own] = select(1u, 0u, done); }
    let waiting = workgroupUniformLoad(&waits);
    if ((${waits.join(" | ")}) == 0u) { break; }
    if (!done) {
    ${step}
    }`;
}
