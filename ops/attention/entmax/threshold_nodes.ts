/**
 * The threshold of entmax as nodes.
 *
 * Scores are kept as e = s(z' − τ), which a step δ of τ turns into e − sδ: the common offset of a row is subtracted
 * once, and no precision is lost to it later. The unit is s = q, so that sz' = z − max z needs no pass of its own; for
 * α near 1, where e^q could overflow, it is s = 1. What is not a pass over the scores is arithmetic on a value a row.
 *
 * @module
 */
import type { NodeBuilder } from "../node_builder.ts";
import type { RowNodes } from "../row_nodes.ts";
import { exponentOf, powerNode, rootNode, weightNode } from "./power_nodes.ts";
import { thresholdPlan } from "./threshold_plan.ts";

/** Up to this q, q^q times any number of keys is far inside float32. */
const MOST_UNSCALED = 8;

/** A key counts as one of the support once u is one over this. */
const COUNT_SLOPE = 2 ** 20;

/**
 * The Newton step of h, in units of s. With u = s[z' − τ]₊, F = Σ u^q, G = Σ u^(q − 1) and h = F^(1/q), which is s at
 * the root, it is (h − s)·F/(h·G). From the left it never passes the root. Four passes for q = 2, five for q = 1, six
 * for q = 4; two more where u^(q − 1) is no product of u.
 */
function newtonStep(builder: NodeBuilder, nodes: RowNodes, u: string, q: number, s: number): string {
  const unit = nodes.perRow(s);
  if (q === 1) {
    // Nine times as fast as Sign on a CPU.
    const count = builder.node("HardSigmoid", [u], { alpha: { float: COUNT_SLOPE }, beta: { float: 0 } });
    return nodes.div(nodes.sub(nodes.sum(u), unit), nodes.sum(count));
  }
  if (q === 2) {
    const h = nodes.norm(u);
    return nodes.div(nodes.mul(h, nodes.sub(h, unit)), nodes.sum(u));
  }
  if (q === 4) {
    const square = nodes.mul(u, u), hh = nodes.norm(square), h = nodes.sqrt(hh);
    const g = nodes.sum(nodes.mul(square, u));
    return nodes.div(nodes.mul(nodes.mul(h, hh), nodes.sub(h, unit)), g);
  }
  const power = powerNode(nodes, u, q - 1), f = nodes.sum(nodes.mul(power, u));
  // F/h without a division.
  const rest = rootNode(nodes, f, q / (q - 1));
  return nodes.div(nodes.sub(f, s === 1 ? rest : nodes.mul(rest, unit)), nodes.sum(power));
}

/** τ moves by half of what is left, to the right where Σ u^q ≥ 1. */
function bisectionNodes(nodes: RowNodes, start: string, q: number, s: number, evaluations: number): string {
  const target = nodes.perRow(s ** q);
  let e = nodes.sub(start, s / 2);
  for (let i = 0; i < evaluations; i++) {
    const sum = nodes.sum(powerNode(nodes, nodes.relu(e), q));
    e = nodes.sub(e, nodes.mul(nodes.sign(nodes.sub(sum, target)), nodes.perRow(s / 2 ** (i + 2))));
  }
  return e;
}

/** The scores of a row, less their largest, and the unit that they are in. */
export interface ShiftedScores {
  /** s(z' + 1). */
  readonly start: string;
  readonly s: number;
}

/** Shifts scores so that τ = −1 lies at 0. */
export function shiftScores(nodes: RowNodes, scores: string, alpha: number): ShiftedScores {
  const q = exponentOf(alpha);
  const s = q <= MOST_UNSCALED ? q : 1;
  const scaled = s === q ? scores : nodes.mul(scores, alpha - 1);
  return { start: nodes.sub(scaled, nodes.sub(nodes.max(scaled), nodes.perRow(s))), s };
}

/** entmax before its rows are divided by their sums. */
export interface UnnormalisedWeights {
  /** (s·u)^q, of the scores' shape. */
  readonly powers: string;
  /** Its sum, a value a row: s^q but for the error of τ. */
  readonly sum: string;
}

/** Solves for τ, and raises what is above it to the power of q. */
export function entmaxNodes(
  builder: NodeBuilder,
  nodes: RowNodes,
  { start, s }: ShiftedScores,
  alpha: number,
  keys?: number,
): UnnormalisedWeights {
  const q = exponentOf(alpha);
  const plan = thresholdPlan(alpha, keys);
  let e = start;
  if (plan.kind === "bisection") e = bisectionNodes(nodes, start, q, s, plan.evaluations);
  else {
    for (let i = 0; i < plan.evaluations; i++) {
      const exponent = i < plan.rough ? plan.roughExponent : q;
      e = nodes.sub(e, newtonStep(builder, nodes, nodes.relu(e), exponent, s));
    }
  }
  const powers = weightNode(nodes, nodes.relu(e), q);
  return { powers, sum: nodes.sum(powers) };
}
