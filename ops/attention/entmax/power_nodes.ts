/**
 * u^q and u^(q − 1) as nodes.
 *
 * @module
 */
import type { RowNodes } from "../row_nodes.ts";

/** Multiplications are a pass each, Pow costs as much as fifty on a CPU. */
const MOST_FACTORS = 8;

/** Farther than rounding takes 1/(α − 1) from a multiple of a half, as for α = 1.2. */
const ROUNDING = 1e-9;

/** q = 1/(α − 1), exactly a multiple of a half where it is meant to be one. */
export function exponentOf(alpha: number): number {
  const q = 1 / (alpha - 1);
  const half = Math.round(2 * q) / 2;
  return Math.abs(q - half) < ROUNDING ? half : q;
}

function wholePower(nodes: RowNodes, u: string, exponent: number): string {
  let square = u, result: string | undefined;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) result = result === undefined ? square : nodes.mul(result, square);
    if (rest > 1) square = nodes.mul(square, square);
  }
  return result as string;
}

/** x^exponent for x ≥ 0 and exponent > 0, by multiplications and a square root where they can give it. */
export function powerNode(nodes: RowNodes, x: string, exponent: number): string {
  const twice = 2 * exponent;
  if (!Number.isInteger(twice) || exponent > MOST_FACTORS) return nodes.pow(x, exponent);
  const whole = Math.floor(exponent);
  if (twice % 2 === 0) return wholePower(nodes, x, whole);
  const root = nodes.sqrt(x);
  return whole === 0 ? root : nodes.mul(wholePower(nodes, x, whole), root);
}

/** x^(1/q) for x > 0, on a value a row. */
export function rootNode(nodes: RowNodes, x: string, q: number): string {
  if (q === 1) return x;
  if (q === 2) return nodes.sqrt(x);
  if (q === 4) return nodes.sqrt(nodes.sqrt(x));
  return nodes.pow(x, 1 / q);
}
