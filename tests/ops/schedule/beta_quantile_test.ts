import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { betaCdf, betaQuantile } from "../../../ops/schedule/beta_quantile.ts";

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });

Deno.test("betaCdf: closed forms", () => {
  fc.assert(
    fc.property(real(0.01, 0.99), real(0.2, 5), (x, a) => {
      assert.ok(Math.abs(betaCdf(x, 1, 1) - x) <= 1e-14);
      assert.ok(Math.abs(betaCdf(x, a, 1) - x ** a) <= 1e-13);
      assert.ok(Math.abs(betaCdf(x, 1, a) - (1 - (1 - x) ** a)) <= 1e-13);
      assert.ok(Math.abs(betaCdf(x, 0.5, 0.5) - (2 / Math.PI) * Math.asin(Math.sqrt(x))) <= 1e-13);
      assert.ok(Math.abs(betaCdf(x, a, 2) + betaCdf(1 - x, 2, a) - 1) <= 1e-13);
    }),
    { seed: 7 },
  );
});

Deno.test("betaQuantile: scipy.stats.beta.ppf of 0.6 and 0.6", () => {
  const cases = [[0.01, 0.0008612388215429059], [0.1, 0.03958440558878085], [0.3, 0.23401700387523572], [
    0.75,
    0.824319621347305,
  ], [0.999, 0.9999814412614826]];
  for (const [p, wanted] of cases) {
    assert.ok(Math.abs(betaQuantile(p, 0.6, 0.6) / wanted - 1) <= 1e-12, `${p}`);
  }
  assert.deepEqual([0, 1].map((p) => betaQuantile(p, 0.6, 0.6)), [0, 1]);
});

Deno.test("betaQuantile undoes betaCdf, and mirrors", () => {
  // Up to the middle: near 1 float64 has not the digits left to hold a quantile.
  fc.assert(
    fc.property(real(1e-6, 0.5), real(0.5, 4), real(0.5, 4), (p, a, b) => {
      const x = betaQuantile(p, a, b);
      assert.ok(Math.abs(betaCdf(x, a, b) - p) <= 1e-12);
      assert.ok(Math.abs(1 - betaQuantile(1 - p, b, a) - x) <= 1e-9);
    }),
    { seed: 7 },
  );
});
