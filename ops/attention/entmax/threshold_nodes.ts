/**
 * The threshold of entmax as nodes.
 *
 * Scores are kept as e = s(z' − τ), which a step δ of τ turns into e − sδ: the common offset of a row is subtracted
 * once, and no precision is lost to it later. The unit is s = q, so that sz' = z − max z needs no pass of its own; for
 * α near 1, where e^q could overflow, it is s = 1.
 *
 * @module
 */
import type { RowNodes } from "../row_nodes.ts";
import { exponentOf, powerNode, rootNode } from "./power_nodes.ts";
import { type ThresholdPlan, thresholdPlan } from "./threshold_plan.ts";

/** Up to this q, q^q times any number of keys is far inside float32. */
const MOST_UNSCALED = 8;

interface Sums {
  /** Σ u^q, a value a row. */
  readonly f: string;
  /** Σ u^(q − 1), a value a row. */
  readonly g: string;
}

function sumsOf(nodes: RowNodes, u: string, q: number): Sums {
  if (q === 1) return { f: nodes.sum(u), g: nodes.sum(nodes.sign(u)) };
  const g = powerNode(nodes, u, q - 1);
  return { f: nodes.sum(nodes.mul(g, u)), g: nodes.sum(g) };
}

/**
 * The Newton step of h, in units of s: s(1 − 1/h)·F/G.
 *
 * With w = 1 − 1/h and R = F/G, a plain step is wR and never passes the root. The root lies at or before the step wT,
 * where T = −τ, because the largest weight u^q/F can only grow as τ rises. A relaxed step goes from the one towards the
 * other by a part of w, which vanishes as h → 1 and so leaves the convergence quadratic: w(R + relax·[w]₊(T − R)).
 */
function stepOf(nodes: RowNodes, { f, g }: Sums, q: number, s: number, relax: number, t: string | number) {
  if (q === 1 && relax === 0) return nodes.div(nodes.sub(f, s), g);
  const h = rootNode(nodes, f, q);
  if (q === 2 && relax === 0) return nodes.div(nodes.mul(h, nodes.sub(h, s)), g);
  const w = nodes.sub(1, nodes.div(s, h));
  const r = nodes.div(f, g);
  if (relax === 0) return nodes.mul(w, r);
  // At the start h ≥ 1, so that w needs no guard.
  const part = nodes.mul(typeof t === "number" ? w : nodes.relu(w), relax);
  return nodes.mul(w, nodes.add(r, nodes.mul(part, nodes.sub(t, r))));
}

function newtonNodes(nodes: RowNodes, start: string, q: number, s: number, relax: readonly number[]): string {
  let e = start, t: string | number = s;
  relax.forEach((part, i) => {
    const step = stepOf(nodes, sumsOf(nodes, nodes.relu(e), q), q, s, part, t);
    e = nodes.sub(e, step);
    if (relax.slice(i + 1).some((later) => later > 0)) t = nodes.sub(t, step);
  });
  return e;
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
  nodes: RowNodes,
  { start, s }: ShiftedScores,
  alpha: number,
  keys?: number,
): UnnormalisedWeights {
  const q = exponentOf(alpha);
  const plan: ThresholdPlan = thresholdPlan(alpha, keys);
  const e = plan.kind === "newton"
    ? newtonNodes(nodes, start, q, s, plan.relax)
    : bisectionNodes(nodes, start, q, s, plan.evaluations);
  const powers = powerNode(nodes, nodes.relu(e), q);
  return { powers, sum: nodes.sum(powers) };
}
