import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { alphasCumprod } from "../../../ops/schedule/alphas_cumprod.ts";
import { betas } from "../../../ops/schedule/betas.ts";
import { namedSigmas, SIGMAS_NAMES, type SigmasName } from "../../../ops/schedule/named_sigmas.ts";
import { sigmaTable } from "../../../ops/schedule/sigma_table.ts";
import { tableLevels } from "../../../ops/schedule/trained_sigmas.ts";

const trained = tableLevels(sigmaTable(alphasCumprod(betas("scaled_linear", 0.00085, 0.012, 1000))));
const MAX = trained.sigmas[999], MIN = trained.sigmas[0];
/** Those that go from one end of the range to the other. */
const RANGED = ["karras", "exponential", "polyexponential", "beta", "lu", "kl_optimal"] as const;

const sigmasOf = (name: SigmasName, steps: number, range = { min: MIN, max: MAX }, rho?: number) =>
  namedSigmas(name, { range, steps, trained, rho });
const even = (values: number[]) => values.slice(1).map((value, i) => value - values[i]);
const spread = (steps: number[]) => (Math.max(...steps) - Math.min(...steps)) / Math.abs(steps[0]);

Deno.test("namedSigmas fall from the largest to the smallest of their range", () => {
  const range = fc.record({
    min: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
    max: fc.double({ min: 1, max: 5000, noNaN: true }),
  });
  const steps = fc.integer({ min: 2, max: 60 });
  fc.assert(
    fc.property(fc.constantFrom(...RANGED), range, steps, (name, range, steps) => {
      const sigmas = sigmasOf(name, steps, range);
      assert.equal(sigmas.length, steps);
      assert.ok(
        Math.abs(sigmas[0] / range.max - 1) < 2e-6 && Math.abs(sigmas[steps - 1] / range.min - 1) < 2e-6,
      );
      for (let i = 1; i < steps; i++) assert.ok(sigmas[i] < sigmas[i - 1]);
    }),
    { seed: 7 },
  );
});

Deno.test("namedSigmas of every name fall, and none is zero", () => {
  for (const name of SIGMAS_NAMES) {
    for (const steps of [1, 2, 5, 10, 30, 250]) {
      const sigmas = sigmasOf(name, steps);
      assert.ok(
        sigmas.length === steps || (name === "ddim_uniform" && sigmas.length > steps),
        `${name} ${steps}`,
      );
      for (let i = 1; i < sigmas.length; i++) assert.ok(sigmas[i] < sigmas[i - 1], `${name} ${steps} ${i}`);
      assert.ok(sigmas[sigmas.length - 1] > 0);
    }
  }
});

Deno.test("namedSigmas of one step is the largest", () => {
  for (const name of SIGMAS_NAMES.filter((name) => !/align|ddim/.test(name))) {
    assert.ok(Math.abs(sigmasOf(name, 1)[0] / MAX - 1) < 1e-5, name);
  }
});

Deno.test("namedSigmas: what is even in each", () => {
  const range = { min: 0.03, max: 14.6 };
  const evens: [SigmasName, (sigma: number) => number, number?][] = [
    ["karras", (s) => s ** (1 / 7)],
    ["karras", (s) => s ** (1 / 4), 4],
    ["exponential", Math.log],
    ["polyexponential", Math.log],
    ["polyexponential", (s) => Math.max(0, Math.log(s / range.min)) ** (1 / 2.5), 2.5],
    ["lu", Math.log],
    ["kl_optimal", Math.atan],
  ];
  for (const [name, measure, rho] of evens) {
    const steps = even(Array.from(sigmasOf(name, 12, range, rho), measure));
    // The square root of the last ln σ, 0, is only as exact as that is small.
    assert.ok(spread(steps) < 1e-6, `${name} ${spread(steps)}`);
  }
  const beta = sigmasOf("beta", 13, range);
  // A symmetric distribution: the quantiles mirror each other around the middle.
  for (let i = 0; i < 13; i++) assert.ok(Math.abs(beta[i] + beta[12 - i] - (range.min + range.max)) < 1e-9);
});

Deno.test("linear_quadratic: even small steps to 2.5% of the way, then a parabola of the same slope to the end", () => {
  for (const steps of [2, 3, 8, 25]) {
    const way = [...sigmasOf("linear_quadratic", steps, { min: 0, max: 1 }), 0].map((sigma) => 1 - sigma);
    const half = Math.floor(steps / 2);
    assert.ok(Math.abs(way[half] - 0.025) < 1e-12 && way[0] === 0 && way[steps] === 1);
    assert.ok(spread(even(way.slice(0, half + 1))) < 1e-9);
    const bends = even(even(way.slice(half)));
    assert.ok(bends.length < 2 || spread(bends) < 1e-9);
  }
});

Deno.test("align_your_steps are the paper's ten levels, and between them ln σ is linear", () => {
  const ten = [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152];
  assert.ok(sigmasOf("align_your_steps_sd15", 10).every((sigma, i) => Math.abs(sigma / ten[i] - 1) < 1e-12));
  const twenty = sigmasOf("align_your_steps_sd15", 20);
  for (let i = 0; i < 9; i++) {
    assert.ok(Math.abs(twenty[2 * i] / ten[i] - 1) < 1e-12);
    assert.ok(Math.abs(twenty[2 * i + 1] / Math.sqrt(ten[i] * ten[i + 1]) - 1) < 1e-12);
  }
});
