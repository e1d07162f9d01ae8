import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { inSigmaInterval, inStepInterval } from "../../../ops/schedule/step_interval.ts";

const steps = fc.integer({ min: 1, max: 1000 });

Deno.test("inStepInterval: intervals that adjoin share no step and miss none", () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });
  fc.assert(fc.property(steps, cuts, (n, inner) => {
    const bounds = [0, ...inner.toSorted((a, b) => a - b), 1];
    for (let i = 0; i < n; i++) {
      const holding = bounds.slice(1).filter((to, k) => inStepInterval(i, n, [bounds[k], to]));
      assert.equal(holding.length, 1, `step ${i} of ${n} under ${bounds}`);
    }
  }));
});

Deno.test("inStepInterval: a bound on a step's own start counts from that step on", () => {
  fc.assert(fc.property(steps, fc.nat(), (n, seed) => {
    const i = seed % n;
    assert.equal(inStepInterval(i, n, [i / n, 1]), true);
    assert.equal(inStepInterval(i, n, [0, i / n]), false);
  }));
});

Deno.test("inSigmaInterval: intervals that adjoin share no level and miss none; the upper bound is in, the lower is not", () => {
  const level = fc.double({ min: 0, max: 100, noNaN: true, minExcluded: true });
  fc.assert(fc.property(level, fc.array(level, { maxLength: 5 }), (sigma, inner) => {
    const bounds = [Infinity, ...inner.toSorted((a, b) => b - a), 0];
    const holding = bounds.slice(1).filter((low, k) => inSigmaInterval(sigma, { high: bounds[k], low }));
    assert.equal(holding.length, 1, `${sigma} under ${bounds}`);
    assert.equal(inSigmaInterval(sigma, { high: sigma, low: 0 }), true);
    assert.equal(inSigmaInterval(sigma, { high: Infinity, low: sigma }), false);
  }));
});
