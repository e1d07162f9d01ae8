import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { exponentialLagrange } from "../../../ops/solvers/exponential_lagrange.ts";

/** The same by Simpson's rule. */
function integrated(nodes: readonly number[], k: number, from: number, to: number, rate: number): number {
  const count = 400, width = (to - from) / count;
  let sum = 0;
  for (let n = 0; n <= count; n++) {
    const u = from + n * width;
    const polynomial = nodes.reduce(
      (product, node, j) => j === k ? product : product * (u - node) / (nodes[k] - node),
      1,
    );
    sum += (n === 0 || n === count ? 1 : n % 2 ? 4 : 2) * Math.exp(rate * (u - to)) * polynomial;
  }
  return (sum * width) / 3;
}

Deno.test("exponentialLagrange is the integral of each Lagrange polynomial against the exponential", () => {
  const step = fc.double({ min: 0.2, max: 1.5, noNaN: true });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 5 }), fc.constantFrom(-1, 1, 2), (steps, rate) => {
      const [h, ...before] = steps;
      const from = -1, to = from + h;
      const nodes = before.reduce((past, each) => [...past, past[past.length - 1] - each], [from]);
      const weights = exponentialLagrange(nodes, from, to, rate);
      weights.forEach((weight, k) => {
        const wanted = integrated(nodes, k, from, to, rate);
        assert.ok(Math.abs(weight - wanted) <= 1e-7 * (1 + Math.abs(wanted)), `${weight} for ${wanted}`);
      });
      // The polynomials add up to 1.
      const whole = (1 - Math.exp(-rate * h)) / rate;
      assert.ok(Math.abs(weights.reduce((a, b) => a + b) - whole) <= 1e-10);
    }),
    { seed: 7 },
  );
});

Deno.test("an empty stretch weighs nothing", () => {
  for (const weight of exponentialLagrange([0.5, 0.2, -1], 0.5, 0.5, 2)) assert.ok(Math.abs(weight) <= 1e-15);
});
