/**
 * The threshold of entmax as nodes.
 *
 * Scores are kept as e = s(z' − τ), which a step δ of τ turns into e − sδ: the common offset of a row is subtracted
 * once, and no precision is lost to it later. The unit is s = q, so that sz' = z − max z needs no pass of its own; for
 * α near 1, where e^q could overflow, it is s = 1. An evaluation is five passes over the scores: Relu, Mul, two sums,
 * Sub. What is left is arithmetic on a value a row.
 *
 * @module
 */
import type { NodeBuilder } from "../node_builder.ts";
import type { RowNodes } from "../row_nodes.ts";
import { exponentOf, powerNode, rootNode } from "./power_nodes.ts";
import { thresholdPlan } from "./threshold_plan.ts";

/** Up to this q, q^q times any number of keys is far inside float32. */
const MOST_UNSCALED = 8;

/** Sums over a row. */
interface Sums {
  /** Σ u^q, a value a row. */
  readonly f: string;
  /** Σ u^(q − 1), a value a row. */
  readonly g: string;
}

/** A key counts as one of the support once u is one over this. */
const COUNT_SLOPE = 2 ** 20;

function sumsOf(builder: NodeBuilder, nodes: RowNodes, e: string, q: number): Sums {
  const u = nodes.relu(e);
  if (q === 1) {
    // Five times as fast as Sign on a CPU.
    const count = builder.node("HardSigmoid", [e], { alpha: { float: COUNT_SLOPE }, beta: { float: 0 } });
    return { f: nodes.sum(u), g: nodes.sum(count) };
  }
  const g = powerNode(nodes, u, q - 1);
  return { f: nodes.sum(nodes.mul(g, u)), g: nodes.sum(g) };
}

/** The Newton step of h, in units of s: s(1 − 1/h)·F/G. From the left it never passes the root. */
function newtonStep(nodes: RowNodes, { f, g }: Sums, q: number, s: number): string {
  if (q === 1) return nodes.div(nodes.sub(f, s), g);
  const h = rootNode(nodes, f, q);
  if (q === 2) return nodes.div(nodes.mul(h, nodes.sub(h, s)), g);
  return nodes.div(nodes.mul(nodes.sub(1, nodes.div(s, h)), f), g);
}

/** τ moves by half of what is left, to the right where Σ u^q ≥ 1. */
function bisectionNodes(nodes: RowNodes, start: string, q: number, s: number, evaluations: number): string {
  let e = nodes.sub(start, s / 2);
  for (let i = 0; i < evaluations; i++) {
    const sum = nodes.sum(powerNode(nodes, nodes.relu(e), q));
    e = nodes.sub(e, nodes.mul(nodes.sign(nodes.sub(sum, s ** q)), s / 2 ** (i + 2)));
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
  return { start: nodes.sub(scaled, nodes.sub(nodes.max(scaled), s)), s };
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
  const { kind, evaluations } = thresholdPlan(alpha, keys);
  let e = start;
  if (kind === "bisection") e = bisectionNodes(nodes, start, q, s, evaluations);
  else {
    for (let i = 0; i < evaluations; i++) {
      e = nodes.sub(e, newtonStep(nodes, sumsOf(builder, nodes, e, q), q, s));
    }
  }
  const powers = powerNode(nodes, nodes.relu(e), q);
  return { powers, sum: nodes.sum(powers) };
}
