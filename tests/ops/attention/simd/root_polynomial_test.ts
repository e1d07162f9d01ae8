/** Powers as polynomials of roots: their errors, as the kernel computes them, for every α. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { rootPolynomial, rootPower } from "../../../../ops/attention/simd/root_polynomial.ts";

const { fround, sqrt } = Math;

/** In float32, as the kernel does. */
function evaluate(coefficients: Float64Array, s: number): number {
  return coefficients.reduceRight((p, c) => fround(fround(p * s) + fround(c)), 0);
}

/** From 1 down to where nothing counts, evenly in the root. */
const NUMBERS = Array.from({ length: 2000 }, (_, i) => fround(((i + 1) / 2000) ** 8));

Deno.test("rootPolynomial: it is the power at as many points as it has coefficients", () => {
  const degree = 5, coefficients = rootPolynomial(1.3, degree, 0.2);
  assert.equal(coefficients.length, degree + 1);
  for (let k = 0; k <= degree; k++) {
    const s = 0.2 + 0.8 * (1 + Math.cos(Math.PI * (2 * k + 1) / (2 * degree + 2))) / 2;
    const value = coefficients.reduceRight((p, c) => p * s + c, 0);
    assert.ok(Math.abs(value - s ** 1.3) < 1e-12);
  }
});

Deno.test("rootPower: u^q is within 2e-6 for any α up to 2", () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 20, noNaN: true }), (q) => {
      const { factors, coefficients } = rootPower(q);
      for (const u of NUMBERS) {
        const p = evaluate(coefficients, fround(sqrt(fround(sqrt(u)))));
        assert.ok(Math.abs(p * u ** (factors + 1) - u ** q) <= 2e-6, `u ${u}, q ${q}`);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("rootPower: u^q is within 1.1e-5 for any α from 2 to 4, 1e-6 up to 3", () => {
  fc.assert(
    fc.property(fc.double({ min: 1 / 3, max: 1, maxExcluded: true, noNaN: true }), (q) => {
      const { factors, coefficients } = rootPower(q);
      assert.equal(factors, 0);
      for (const u of NUMBERS) {
        const p = evaluate(coefficients, fround(sqrt(fround(sqrt(fround(sqrt(u)))))));
        assert.ok(Math.abs(p - u ** q) <= (q < 0.5 ? 1.1e-5 : 1e-6), `u ${u}, q ${q}: ${p - u ** q}`);
      }
    }),
    { numRuns: 60 },
  );
});
