import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { namedSigmas, SIGMAS_NAMES } from "../../../ops/schedule/named_sigmas.ts";

const NAMES = [...SIGMAS_NAMES, "lu"] as const;

Deno.test("namedSigmas fall from the largest to the smallest", () => {
  const range = fc.tuple(
    fc.double({ min: 0.001, max: 0.5, noNaN: true }),
    fc.double({ min: 1, max: 5000, noNaN: true }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...NAMES),
      range,
      fc.integer({ min: 2, max: 60 }),
      (name, [min, max], steps) => {
        const sigmas = namedSigmas(name, { min, max }, steps);
        assert.equal(sigmas.length, steps);
        assert.ok(Math.abs(sigmas[0] / max - 1) < 2e-6 && Math.abs(sigmas[steps - 1] / min - 1) < 2e-6);
        for (let i = 1; i < steps; i++) assert.ok(sigmas[i] < sigmas[i - 1]);
      },
    ),
    { seed: 7 },
  );
});

Deno.test("namedSigmas of one step is the largest", () => {
  for (const name of NAMES) {
    assert.ok(Math.abs(namedSigmas(name, { min: 0.03, max: 14.6 }, 1)[0] - 14.6) < 1e-5, name);
  }
});

Deno.test("namedSigmas: what is even in each", () => {
  const even = (values: number[]) => values.slice(1).map((value, i) => value - values[i]);
  const spread = (steps: number[]) => (Math.max(...steps) - Math.min(...steps)) / Math.abs(steps[0]);
  const range = { min: 0.03, max: 14.6 };
  assert.ok(spread(even(Array.from(namedSigmas("karras", range, 12), (s) => s ** (1 / 7)))) < 1e-12);
  assert.ok(spread(even(Array.from(namedSigmas("exponential", range, 12), Math.log))) < 1e-12);
  assert.ok(spread(even(Array.from(namedSigmas("lu", range, 12), Math.log))) < 1e-12);
  const beta = namedSigmas("beta", range, 13);
  // A symmetric distribution: the quantiles mirror each other around the middle.
  for (let i = 0; i < 13; i++) assert.ok(Math.abs(beta[i] + beta[12 - i] - (range.min + range.max)) < 1e-9);
});
