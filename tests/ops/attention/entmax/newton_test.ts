import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { solveThreshold, thresholdSums } from "../../../../ops/attention/entmax/newton.ts";
import { entmaxWeights } from "../../../../ops/attention/entmax/reference.ts";
import { maxAbs } from "../../../helpers/goldens.ts";

const RUNS = { numRuns: 300, seed: 1 };

const row = fc.tuple(
  fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 80 }),
  fc.double({ min: 0.01, max: 4, noNaN: true }),
).map(([scores, width]) => Float64Array.from(scores, (z) => z * width));
const alpha = fc.double({ min: 1.05, max: 4, noNaN: true });

/** z' = (α − 1)(z − max z). */
function scale(z: Float64Array, alpha: number): Float64Array {
  const largest = Math.max(...z);
  return z.map((x) => (alpha - 1) * (x - largest));
}

/** p = [z' − τ]₊^q with τ from halving [−1, 0] until no number is left between. */
function bisectionEntmax(z: Float64Array, alpha: number): Float64Array {
  const q = 1 / (alpha - 1), scaled = scale(z, alpha);
  let low = -1, high = 0;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    const sum = scaled.reduce((total, x) => total + Math.max(x - middle, 0) ** q, 0);
    if (sum >= 1) low = middle;
    else high = middle;
  }
  const powers = scaled.map((x) => Math.max(x - low, 0) ** q);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

/** For α > 2 a key at the edge of the support has p = u^q with q < 1: a rounding of u becomes a root of it. */
function roundingOf(alpha: number): number {
  return alpha <= 2 ? 1e-11 : 10 * 1e-15 ** (1 / (alpha - 1));
}

Deno.test("entmax equals an independent bisection, for α up to 4", () => {
  fc.assert(
    fc.property(row, alpha, (z, alpha) => {
      const error = maxAbs(entmaxWeights(z, z.length, alpha), bisectionEntmax(z, alpha));
      assert.ok(error <= roundingOf(alpha), `alpha ${alpha}: ${error}`);
    }),
    RUNS,
  );
});

Deno.test("the certificate bounds the distance to the root, and is down to rounding for α ≤ 2", () => {
  fc.assert(
    fc.property(row, alpha, (z, alpha) => {
      const scaled = scale(z, alpha);
      const { tau, certificate, evaluations } = solveThreshold(scaled, alpha);
      const { f } = thresholdSums(scaled, tau, 1 / (alpha - 1));
      assert.equal(certificate, Math.abs(f ** (alpha - 1) - 1));
      assert.ok(tau >= -1 && tau <= -(z.length ** (1 - alpha)) + 1e-12);
      if (alpha <= 2) assert.ok(certificate <= 1e-12, `${certificate}`);
      assert.ok(evaluations < 100, `${evaluations}`);
    }),
    RUNS,
  );
});

Deno.test("larger scores have larger weights", () => {
  fc.assert(
    fc.property(row, alpha, (z, alpha) => {
      const p = entmaxWeights(z, z.length, alpha);
      const order = [...z.keys()].sort((a, b) => z[a] - z[b]);
      for (let i = 1; i < order.length; i++) assert.ok(p[order[i]] >= p[order[i - 1]]);
    }),
    RUNS,
  );
});

Deno.test("plain Newton steps can cycle for α > 2, which is why those are bracketed", () => {
  const scaled = Float64Array.of(0, -0.9), q = 0.5;
  const visited = [-1];
  for (let i = 0; i < 200; i++) {
    const { f, g } = thresholdSums(scaled, visited[i], q);
    visited.push(visited[i] + (f - f ** (1 - 1 / q)) / g);
  }
  // Two hundred steps on, every second one is still back at the start.
  assert.ok(maxAbs([visited[198], visited[200]], [-1, -1]) <= 1e-12);
  // √(−τ) + √(−0.9 − τ) = 1 at −τ = ((1 + 0.9)/2)².
  assert.ok(Math.abs(solveThreshold(scaled, 3).tau + 0.95 ** 2) <= 1e-15);
});
