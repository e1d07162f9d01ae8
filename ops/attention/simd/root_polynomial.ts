/**
 * Powers of numbers from 0 to 1 as polynomials in a root of them, which a processor has instructions for.
 *
 * @module
 */

/**
 * The polynomial P with P(s) ≈ s^exponent, by interpolation at Chebyshev's points.
 *
 * @param exponent At least 0.
 * @param from s, from where on P must be good, up to 1; at least 0.
 * @returns Its coefficients, the constant first.
 */
export function rootPolynomial(exponent: number, degree: number, from: number): Float64Array {
  const points = Float64Array.from(
    { length: degree + 1 },
    (_, k) => from + (1 - from) * (1 + Math.cos(Math.PI * (2 * k + 1) / (2 * degree + 2))) / 2,
  );
  // Newton's divided differences
  const differences = points.map((s) => s ** exponent);
  for (let order = 1; order <= degree; order++) {
    for (let k = degree; k >= order; k--) {
      differences[k] = (differences[k] - differences[k - 1]) / (points[k] - points[k - order]);
    }
  }
  // their nested products, multiplied out
  const coefficients = new Float64Array(degree + 1);
  for (let k = degree; k >= 0; k--) {
    for (let i = degree; i > 0; i--) coefficients[i] = coefficients[i - 1] - points[k] * coefficients[i];
    coefficients[0] = differences[k] - points[k] * coefficients[0];
  }
  return coefficients;
}

/** u^power = u^factors · P(u^(1/root)). */
export interface RootPower {
  readonly factors: number;
  readonly coefficients: Float64Array;
}

/** As assembly/threshold.as takes roots of u, and polynomials of these degrees of them. */
const STEEP_ROOT = 4, STEEP_DEGREE = 7, FLAT_ROOT = 8, FLAT_DEGREE = 8;

/** Below its fourth power P is used with a factor of u or more, so that errors there count for little. */
const STEEP_FROM = 0.35;

/**
 * What the CPU kernel raises u to a power with: for q > 1 u^(q − 1), of which a product with u is within 2e-6 of u^q
 * for 0 ≤ u ≤ 1; for q < 1 u^q itself, within 1.1e-5 for q from 1/3 on
 * and 1e-6 for q from 0.5 on.
 */
export function rootPower(q: number): RootPower {
  if (q < 1) return { factors: 0, coefficients: rootPolynomial(FLAT_ROOT * q, FLAT_DEGREE, 0) };
  const factors = Math.floor(q - 1);
  return { factors, coefficients: rootPolynomial(STEEP_ROOT * (q - 1 - factors), STEEP_DEGREE, STEEP_FROM) };
}
