/**
 * u^q and u^(q − 1) as nodes.
 *
 * @module
 */
import type { RowNodes } from "../row_nodes.ts";

/** Multiplications are a pass each, Pow costs as much as sixteen on a CPU. */
const MOST_FACTORS = 8;

/**
 * Exponents from here to 1 go by the logarithm, in half the time of Pow: a key that counts for nothing then counts for
 * 1e-9, and log x is so small where x^exponent is large that no precision is lost.
 */
const LEAST_BY_LOGARITHM = 0.3;

/** Where x is 0, its logarithm is taken of this. */
const ALMOST_ZERO = 1e-30;

/** Farther than rounding takes 1/(α − 1) from a multiple of a half, as for α = 1.2. */
const ROUNDING = 1e-9;

/** q = 1/(α − 1), exactly a multiple of a half where it is meant to be one. */
export function exponentOf(alpha: number): number {
  const q = 1 / (alpha - 1);
  const half = Math.round(2 * q) / 2;
  return Math.abs(q - half) < ROUNDING ? half : q;
}

/** Whether multiplications and a square root give x^exponent. */
export function isCheapExponent(exponent: number): boolean {
  return Number.isInteger(2 * exponent) && exponent <= MOST_FACTORS;
}

function wholePower(nodes: RowNodes, u: string, exponent: number): string {
  let square = u, result: string | undefined;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) result = result === undefined ? square : nodes.mul(result, square);
    if (rest > 1) square = nodes.mul(square, square);
  }
  return result as string;
}

function powerByLogarithm(nodes: RowNodes, x: string, exponent: number): string {
  return nodes.exp(nodes.mul(nodes.log(nodes.atLeast(x, ALMOST_ZERO)), exponent));
}

/**
 * x^exponent for x ≥ 0 and exponent > 0, by multiplications and a square root where they can give it.
 *
 * The power of 0 is 1e-9 at most, not always 0.
 */
export function powerNode(nodes: RowNodes, x: string, exponent: number): string {
  if (!isCheapExponent(exponent)) {
    return exponent >= LEAST_BY_LOGARITHM && exponent < 1
      ? powerByLogarithm(nodes, x, exponent)
      : nodes.pow(x, exponent);
  }
  const whole = Math.floor(exponent);
  if (whole === exponent) return wholePower(nodes, x, whole);
  const root = nodes.sqrt(x);
  return whole === 0 ? root : nodes.mul(wholePower(nodes, x, whole), root);
}

/** u^q for u ≥ 0, exactly 0 where u is. */
export function weightNode(nodes: RowNodes, u: string, q: number): string {
  if (isCheapExponent(q)) return powerNode(nodes, u, q);
  return q > 1 ? nodes.mul(powerNode(nodes, u, q - 1), u) : nodes.pow(u, q);
}

/** x^(1/q) for x > 0, on a value a row. */
export function rootNode(nodes: RowNodes, x: string, q: number): string {
  if (q === 1) return x;
  if (q === 2) return nodes.sqrt(x);
  if (q === 4) return nodes.sqrt(nodes.sqrt(x));
  return nodes.pow(x, nodes.perRow(1 / q));
}
