import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { thresholdSums } from "../../../../ops/attention/entmax/newton.ts";
import { entmaxRow } from "../../../../ops/attention/entmax/reference.ts";
import { provenEvaluations, thresholdPlan } from "../../../../ops/attention/entmax/threshold_plan.ts";
import { maxAbs } from "../../../helpers/goldens.ts";

/** Groups of equal keys: [z', how many]. */
type Groups = readonly (readonly [number, number])[];

const expand = (groups: Groups) =>
  Float64Array.from(groups.flatMap(([level, count]) => Array<number>(count).fill(level)));

function newton(scaled: Float64Array, alpha: number, evaluations: number) {
  const q = 1 / (alpha - 1);
  let tau = -1;
  for (let i = 0; i < evaluations; i++) {
    const { f, g } = thresholdSums(scaled, tau, q);
    tau += (f - f ** (1 - 1 / q)) / g;
  }
  const powers = scaled.map((z) => Math.max(z - tau, 0) ** q);
  const sum = powers.reduce((a, b) => a + b, 0);
  return { h: sum ** (1 / q), weights: powers.map((p) => p / sum) };
}

function errorOf(groups: Groups, alpha: number, evaluations: number): number {
  const scaled = expand(groups);
  return maxAbs(
    newton(scaled, alpha, evaluations).weights,
    entmaxRow(scaled.map((z) => z / (alpha - 1)), alpha),
  );
}

/** The worst rows that hill-climbing found for α = 1.5, with the evaluations that the plan must not go below. */
const WORST: readonly { keys: number; groups: Groups }[] = [
  { keys: 32, groups: [[0, 2], [-0.475, 1], [-0.691, 29]] },
  { keys: 77, groups: [[0, 2], [-0.423, 1], [-0.685, 64], [-0.858, 10]] },
  { keys: 512, groups: [[0, 2], [-0.403, 1], [-0.682, 307], [-0.868, 152], [-0.869, 50]] },
];

for (const { keys, groups } of WORST) {
  Deno.test(`the worst row found for ${keys} keys stays within 1e-3`, () => {
    const { kind, evaluations } = thresholdPlan(1.5, keys);
    assert.equal(kind, "newton");
    const error = errorOf(groups, 1.5, evaluations);
    assert.ok(error <= 1e-3, `${error}`);
    // Such a row must tell a count that is too small, or it holds nothing.
    assert.ok(errorOf(groups, 1.5, evaluations - 2) > 1e-3);
  });
}

Deno.test("more keys never get fewer evaluations, and a larger α up to 2 neither", () => {
  const alphas = [1.05, 1.1, 1.25, 1.4, 1.5, 1.6, 1.75, 1.9, 2];
  const keys = [1, 8, 9, 32, 77, 80, 81, 160, 300, 512, 2048, 4096, 100_000];
  const count = (alpha: number, keys: number) => thresholdPlan(alpha, keys).evaluations;
  for (const [i, a] of alphas.entries()) {
    for (const [j, k] of keys.entries()) {
      if (i > 0) assert.ok(count(a, k) >= count(alphas[i - 1], k), `alpha ${a}, ${k} keys`);
      if (j > 0) assert.ok(count(a, k) >= count(a, keys[j - 1]), `alpha ${a}, ${k} keys`);
    }
  }
  assert.deepEqual(thresholdPlan(1.5), thresholdPlan(1.5, 512));
  assert.equal(thresholdPlan(2.5, 77).kind, "bisection");
});

Deno.test("provenEvaluations holds on any row, for α ≤ 2", () => {
  const groups = fc.array(
    fc.tuple(fc.double({ min: -1.2, max: 0, noNaN: true }), fc.integer({ min: 1, max: 60 })),
    { minLength: 1, maxLength: 9 },
  );
  fc.assert(
    fc.property(groups, fc.double({ min: 1.05, max: 2, noNaN: true }), (groups, alpha) => {
      const scaled = expand([[0, 1], ...groups]);
      for (const tolerance of [1e-2, 1e-6]) {
        const { h } = newton(scaled, alpha, provenEvaluations(scaled.length, alpha, tolerance));
        assert.ok(h - 1 <= tolerance + 1e-12, `${h - 1} over ${tolerance}`);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("provenEvaluations: the known counts", () => {
  assert.equal(provenEvaluations(1, 1.5, 1e-6), 1);
  assert.equal(provenEvaluations(77, 1.5, 1e-6), 10);
  assert.ok(provenEvaluations(77, 2, 1e-6) < 17);
  for (const keys of [32, 77, 512]) {
    assert.ok(provenEvaluations(keys, 1.5, 1e-6) >= thresholdPlan(1.5, keys).evaluations);
  }
});
