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

/** The parts that a policy is written with. */
export interface KernelParts {
  /** Computes and keeps every score; in `body` it is `z`. Where scores are not kept, the same as `pass`. */
  first(body: string): string;
  /** Runs `body` for each of some keys, with the score `z`. */
  pass(bounds: KeyBounds, body: string): string;
  /** Adds up a sum, or takes the largest, of what the invocations of a query found. */
  join(name: string, how: "sum" | "max"): string;
  /** Adds the values of some keys to the result with the `weight` that `body` declares. */
  add(bounds: KeyBounds, body: string): string;
}

const EVERY: KeyBounds = ["0u", "size.keys"], PART: KeyBounds = ["size.part", "size.part_end"];
const LEAST = number(-3e38);

/** Declares `top`, the largest score, and `total` = Σexp(z − top). */
function softmaxSums({ first, pass, join }: KernelParts, { store }: KernelShape): string {
  if (store.kind === "private") {
    return `var top = ${LEAST};
  ${first("top = max(top, z);")}
  ${join("top", "max")}
  var total = 0.0;
  ${pass(EVERY, "total += exp(z - top);")}
  ${join("total", "sum")}`;
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
  ${join("top", "max")}
  total *= exp(own_top - top);
  ${join("total", "sum")}`;
}

function denseSource(parts: KernelParts, shape: KernelShape): string {
  return `${softmaxSums(parts, shape)}
  ${parts.add(EVERY, "let weight = exp(z - top) / total;")}`;
}

/** The part's own largest score, and its share of the softmax; all of it where the policy reaches every key. */
function partSource({ pass, join }: KernelParts, { joint }: KernelShape): string {
  if (!joint) return "let part_top = top;";
  return `var part_top = ${LEAST};
  var part_mass = 0.0;
  ${pass(PART, "part_top = max(part_top, z); part_mass += exp(z - top);")}
  ${join("part_top", "max")}
  ${join("part_mass", "sum")}
  part_mass /= total;`;
}

/** A part's softmax at a temperature of its own. */
function cooledSource(parts: KernelParts, shape: KernelShape): string {
  const { pass, join, add } = parts;
  const weight = "exp((z - part_top) * size.lambda)", dense = "let weight = exp(z - top) / total;";
  return `${softmaxSums(parts, shape)}
  ${partSource(parts, shape)}
  var part_total = 0.0;
  ${pass(PART, `part_total += ${weight};`)}
  ${join("part_total", "sum")}
  ${add(["0u", "size.part"], dense)}
  ${add(["size.part_end", "size.keys"], dense)}
  ${add(PART, `let weight = ${weight} * part_mass / part_total;`)}`;
}

function sparseSource(parts: KernelParts, shape: KernelShape, alpha: number): string {
  const { pass, join, add } = parts;
  const part = shape.joint ? PART : EVERY;
  const scaled = `let u = max((z - part_top) * ${number(alpha - 1)} - tau, 0.0);`;
  const evaluation = `${pass(part, `${scaled} ${sumsSource(alpha)}`)}
    ${join("f", "sum")}
    ${join("g", "sum")}`;
  const lambda = shape.kind === "entmax" ? "1.0" : "size.lambda";
  const dense = "let weight = exp(z - top) / total;";
  return `${softmaxSums(parts, shape)}
  ${partSource(parts, shape)}
  ${thresholdSource(alpha, evaluation)}
  let sparse_scale = ${lambda}${shape.joint ? " * part_mass" : ""} / f;
  let dense_scale = (1.0 - ${lambda}) / total;
  ${shape.joint ? add(["0u", "size.part"], dense) : ""}
  ${shape.joint ? add(["size.part_end", "size.keys"], dense) : ""}
  ${
    add(
      part,
      `${scaled}\n    let weight = ${weightSource(alpha)} * sparse_scale + exp(z - top) * dense_scale;`,
    )
  }`;
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
  if (!shape.joint) return sparse;
  return `if (row >= size.reach && row < size.reach_end) {
  ${sparse}
  } else {
  ${dense}
  }`;
}
