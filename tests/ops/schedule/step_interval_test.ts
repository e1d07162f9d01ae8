import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { inStepInterval } from "../../../ops/schedule/step_interval.ts";

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
