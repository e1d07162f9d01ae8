/**
 * u^q and u^(q − 1) as WGSL.
 *
 * @module
 */

/** Beyond as many multiplications a logarithm and an exponential are cheaper. */
const MOST_FACTORS = 8;

/** Farther than rounding takes 1/(α − 1) from a multiple of a half or a third. */
const ROUNDING = 1e-9;

/** A float32 constant, exactly. */
export function number(x: number): string {
  const text = String(Math.fround(x));
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** q = 1/(α − 1), exactly a multiple of a half where it is meant to be one. */
export function exponentOf(alpha: number): number {
  const q = 1 / (alpha - 1), half = Math.round(2 * q) / 2;
  return Math.abs(q - half) < ROUNDING ? half : q;
}

function wholePower(u: string, exponent: number): string {
  return exponent === 0 ? "1.0" : Array<string>(exponent).fill(u).join(" * ");
}

/** x^exponent for x > 0 as an expression; `x` must be a name. */
export function powerSource(x: string, exponent: number): string {
  const twice = 2 * exponent;
  if (!Number.isInteger(twice) || exponent < 0 || exponent > MOST_FACTORS) {
    return `exp2(${number(exponent)} * log2(${x}))`;
  }
  const whole = Math.floor(exponent);
  if (twice % 2 === 0) return wholePower(x, whole);
  return whole === 0 ? `sqrt(${x})` : `${wholePower(x, whole)} * sqrt(${x})`;
}
