/**
 * A policy as WGSL, whatever way the invocations of a workgroup share a query.
 *
 * @module
 */
import type { KernelShape } from "./kernel_shape.ts";
import { number } from "./power_source.ts";
import { sumsSource, thresholdSource, weightSource } from "./threshold_source.ts";

/** Keys from, and up to but without, as WGSL expressions. */
export type KeyBounds = readonly [from: string, to: string];

/** How some keys are weighed: `body` declares `weight` from the score `z`. */
export interface KeyShare {
  readonly bounds: KeyBounds;
  readonly body: string;
}

/** The parts that a policy is written with. */
export interface KernelParts {
  /** Computes and keeps every score; in `body` it is `z`. Where scores are not kept, the same as `pass`. */
  first(body: string): string;
  /** Runs `body` for each of some keys, with the score `z`. */
  pass(bounds: KeyBounds, body: string): string;
  /** Adds up one or two sums, or takes the largest, of what the invocations of a query found. */
  join(how: "sum" | "max", first: string, second?: string): string;
  /** Ends a loop's turn: leaves the loop when `done` holds for every query that is in it, and until then takes `step`. */
  turn(done: string, step: string): string;
  /** Adds the values of all keys to the result, each with its share's weight. Called once for a query. */
  add(shares: readonly KeyShare[]): string;
  /**
   * Where the queries of a workgroup go one way together, the condition under which joint attention's policy reaches
   * this one; absent where each may take its own branch.
   */
  readonly reached?: string;
}

const EVERY: KeyBounds = ["0u", "size.keys"], PART: KeyBounds = ["size.part", "size.part_end"];
const LEAST = number(-3e38);
const DENSE_WEIGHT = "exp(z - top) / total";

/** Declares `top`, the largest score, and `total` = Σexp(z − top). */
function softmaxSums({ first, pass, join }: KernelParts, { store }: KernelShape): string {
  if (store.kind === "kept") {
    return `var top = ${LEAST};
  ${first("top = max(top, z);")}
  ${join("max", "top")}
  var total = 0.0;
  ${pass(EVERY, "total += exp(z - top);")}
  ${join("sum", "total")}`;
  }
  // Computing scores again costs more than a second exponential.
  return `var own_top = ${LEAST};
  var total = 0.0;
  ${
    first(
      "if (z > own_top) { total = total * exp(own_top - z) + 1.0; own_top = z; } else { total += exp(z - own_top); }",
    )
  }
  var top = own_top;
  ${join("max", "top")}
  total *= exp(own_top - top);
  ${join("sum", "total")}`;
}

function denseSource(parts: KernelParts, shape: KernelShape): string {
  return `${softmaxSums(parts, shape)}
  ${parts.add([{ bounds: EVERY, body: `let weight = ${DENSE_WEIGHT};` }])}`;
}

/** The part's own largest score, and its share of the softmax; all of it where the policy reaches every key. */
function partSource({ pass, join }: KernelParts, { joint }: KernelShape): string {
  if (!joint) return "let part_top = top;";
  return `var part_top = ${LEAST};
  var part_mass = 0.0;
  ${pass(PART, "part_top = max(part_top, z); part_mass += exp(z - top);")}
  ${join("max", "part_top")}
  ${join("sum", "part_mass")}
  part_mass /= total;`;
}

/** Softmax everywhere but in the policy's part, which `body` gives a `sparse` weight where the policy reaches. */
function jointShares({ reached }: KernelParts, body: string): KeyShare[] {
  const dense = `let weight = ${DENSE_WEIGHT};`;
  const weight = reached ? `select(${DENSE_WEIGHT}, sparse, ${reached})` : "sparse";
  return [
    { bounds: ["0u", "size.part"], body: dense },
    { bounds: ["size.part_end", "size.keys"], body: dense },
    { bounds: PART, body: `${body}\n    let weight = ${weight};` },
  ];
}

/** A part's softmax at a temperature of its own. */
function cooledSource(parts: KernelParts, shape: KernelShape): string {
  const { pass, join, add } = parts;
  const cooled = "exp((z - part_top) * size.lambda)";
  return `${softmaxSums(parts, shape)}
  ${partSource(parts, shape)}
  var part_total = 0.0;
  ${pass(PART, `part_total += ${cooled};`)}
  ${join("sum", "part_total")}
  ${add(jointShares(parts, `let sparse = ${cooled} * part_mass / part_total;`))}`;
}

function sparseSource(parts: KernelParts, shape: KernelShape, alpha: number): string {
  const { pass, join, turn, add } = parts;
  const part = shape.joint ? PART : EVERY;
  const scaled = `let u = max((z - part_top) * ${number(alpha - 1)} - tau, 0.0);`;
  const evaluation = `${pass(part, `${scaled} ${sumsSource(alpha)}`)}
    ${join("sum", "f", "g")}`;
  const lambda = shape.kind === "entmax" ? "1.0" : "size.lambda";
  const weight = `${weightSource(alpha)} * sparse_scale + exp(z - top) * dense_scale`;
  const shares = shape.joint
    ? jointShares(parts, `${scaled}\n    let sparse = ${weight};`)
    : [{ bounds: EVERY, body: `${scaled}\n    let weight = ${weight};` }];
  return `${softmaxSums(parts, shape)}
  ${partSource(parts, shape)}
  ${thresholdSource(alpha, { pass: evaluation, turn })}
  let sparse_scale = ${lambda}${shape.joint ? " * part_mass" : ""} / f;
  let dense_scale = (1.0 - ${lambda}) / total;
  ${add(shares)}`;
}

/**
 * The policy of one query: Kim & Sim, "PLADIS", arXiv 2503.07677. Adds to `result`, which is zero.
 *
 * @param dense How dense attention is written, where there is a better way than by these parts.
 */
export function policySource(
  shape: KernelShape,
  parts: KernelParts,
  dense = denseSource(parts, shape),
): string {
  if (shape.kind === "dense" || (shape.kind === "temperature" && !shape.joint)) return dense;
  const sparse = shape.kind === "temperature"
    ? cooledSource(parts, shape)
    : sparseSource(parts, shape, shape.alpha as number);
  if (!shape.joint || parts.reached) return sparse;
  return `if (row >= size.reach && row < size.reach_end) {
  ${sparse}
  } else {
  ${dense}
  }`;
}
