/** What holds of the weights whatever the scores. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../../errors.ts";
import { type AttentionPolicy, policyInputs } from "../../../ops/attention/policy.ts";
import { policyReference } from "../../../ops/attention/policy_reference.ts";
import { policyGraph } from "../../../ops/attention/policy_graph.ts";
import { maxAbs } from "../../helpers/goldens.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { graphForm } from "./attention_forms.ts";
import { float64Builder } from "./float64_builder.ts";

/** Rounding of float64 sums over these rows. */
const ROUNDING = 1e-12;

const RUNS = { numRuns: 200, seed: 1 };

const row = fc.array(fc.double({ min: -12, max: 12, noNaN: true }), { minLength: 1, maxLength: 40 })
  .map((scores) => Float64Array.from(scores));
const alpha = fc.double({ min: 1.05, max: 4, noNaN: true });
/** α for which a weight moves no faster than its score. */
const smoothAlpha = fc.double({ min: 1.05, max: 2, noNaN: true });
const lambda = fc.double({ min: 0, max: 10, noNaN: true });
const lambdaFromOne = fc.double({ min: 1, max: 10, noNaN: true });

const weigh = (policy: AttentionPolicy, z: Float64Array) => policyReference(policy, z, z.length);
const dense = (z: Float64Array) => weigh({ kind: "dense" }, z);
const entmax = (z: Float64Array, alpha: number) => weigh({ kind: "entmax", alpha }, z);
const pladis = (z: Float64Array, alpha: number, lambda: number) =>
  weigh({ kind: "pladis", alpha, lambda }, z);
const sum = (weights: Float64Array) => weights.reduce((a, b) => a + b, 0);

function close(a: Float64Array, b: Float64Array, bar: number) {
  const error = maxAbs(a, b);
  assert.ok(error <= bar, `off by ${error}, may be ${bar}`);
}

/** Martins & Astudillo, arXiv 1602.02068, algorithm 1. */
function sortedSparsemax(z: Float64Array): Float64Array {
  let total = 0, tau = 0;
  z.toSorted((a, b) => b - a).forEach((score, i) => {
    total += score;
    if (1 + (i + 1) * score > total) tau = (total - 1) / (i + 1);
  });
  return z.map((score) => Math.max(score - tau, 0));
}

/** Peters, Niculae & Martins, arXiv 1905.05702, algorithm 2. */
function sortedEntmax15(z: Float64Array): Float64Array {
  const top = Math.max(...z), half = z.map((score) => (score - top) / 2);
  let total = 0, squares = 0, tau = 0;
  half.toSorted((a, b) => b - a).forEach((score, i) => {
    total += score;
    squares += score * score;
    const count = i + 1, mean = total / count;
    const candidate = mean - Math.sqrt(Math.max((1 - (squares - total * mean)) / count, 0));
    if (candidate <= score) tau = candidate;
  });
  return half.map((score) => Math.max(score - tau, 0) ** 2);
}

Deno.test("rows sum to 1", () => {
  fc.assert(
    fc.property(row, alpha, lambda, (z, alpha, lambda) => {
      for (const weights of [dense(z), entmax(z, alpha), pladis(z, alpha, lambda)]) {
        assert.ok(Math.abs(sum(weights) - 1) <= ROUNDING);
      }
    }),
    RUNS,
  );
});

Deno.test("for λ from 1 no weight outside entmax' support is above 0, and ‖W‖₁ ≤ 2λ − 1", () => {
  fc.assert(
    fc.property(row, alpha, lambdaFromOne, (z, alpha, lambda) => {
      const sparse = entmax(z, alpha), weights = pladis(z, alpha, lambda);
      weights.forEach((weight, i) => assert.ok(sparse[i] > 0 || weight <= 0));
      assert.ok(sum(weights.map(Math.abs)) <= 2 * lambda - 1 + ROUNDING);
    }),
    RUNS,
  );
});

Deno.test("a constant added to a row changes nothing", () => {
  // scores that are multiples of 1/64, and whole constants, so that the addition itself is exact
  const exact = row.map((z) => z.map((score) => Math.round(score * 64) / 64));
  fc.assert(
    fc.property(exact, alpha, lambda, fc.integer({ min: -5000, max: 5000 }), (z, alpha, lambda, shift) => {
      const moved = z.map((score) => score + shift);
      assert.deepEqual(dense(moved), dense(z));
      assert.deepEqual(pladis(moved, alpha, lambda), pladis(z, alpha, lambda));
    }),
    RUNS,
  );
});

Deno.test("permuted keys have permuted weights", () => {
  fc.assert(
    fc.property(
      row,
      smoothAlpha,
      lambda,
      fc.infiniteStream(fc.double({ noNaN: true })),
      (z, alpha, lambda, keys) => {
        const order = Array.from(z.keys()), rank = order.map(() => keys.next().value as number);
        order.sort((a, b) => rank[a] - rank[b]);
        const permute = (values: Float64Array) => Float64Array.from(order, (i) => values[i]);
        close(
          pladis(permute(z), alpha, lambda),
          permute(pladis(z, alpha, lambda)),
          (2 * lambda + 1) * ROUNDING,
        );
      },
    ),
    RUNS,
  );
});

Deno.test("entmax is at most as far from softmax as α is from 1", () => {
  // (1 + εx)^(1/ε) = eˣ(1 − εx²/2 + …) for x ≤ 0, and x²eˣ/2 is below 0.28
  fc.assert(
    fc.property(row, fc.constantFrom(1e-2, 1e-3, 1e-4), (z, epsilon) => {
      close(entmax(z, 1 + epsilon), dense(z), epsilon);
    }),
    RUNS,
  );
});

Deno.test("α = 2 is sparsemax, and α = 1.5 entmax-15, as sorting gives them", () => {
  fc.assert(
    fc.property(row, (z) => {
      close(entmax(z, 2), sortedSparsemax(z), ROUNDING);
      close(entmax(z, 1.5), sortedEntmax15(z), ROUNDING);
    }),
    RUNS,
  );
});

Deno.test("λ = 0 is dense, and λ = 1 entmax", () => {
  fc.assert(
    fc.property(row, alpha, (z, alpha) => {
      close(pladis(z, alpha, 0), dense(z), 0);
      close(pladis(z, alpha, 1), entmax(z, alpha), 0);
    }),
    RUNS,
  );
});

Deno.test("the graph's nodes, in float64, have rows that sum to 1", () => {
  fc.assert(
    fc.property(row, alpha, lambda, (z, alpha, lambda) => {
      const policy = { kind: "pladis", alpha, lambda } as const;
      const { builder, read } = float64Builder(z, z.length, policyInputs(policy));
      const weights = read(policyGraph(policy, builder, "scores", { keys: z.length, dtype: "float32" }));
      assert.ok(Math.abs(sum(weights) - 1) <= (2 * lambda + 1) * ROUNDING);
    }),
    RUNS,
  );
});

const POLICIES: readonly AttentionPolicy[] = [
  { kind: "dense" },
  ...[1.25, 1.5, 1.75, 2, 3].flatMap((alpha): AttentionPolicy[] => [
    { kind: "entmax", alpha },
    { kind: "pladis", lambda: 2, alpha },
  ]),
];

/** A fully masked row, a row with two live keys, a row of large negative scores that are no mask. */
const MASKED_ROWS = Float64Array.from([
  ...Array(8).fill(-Infinity),
  ...[0, -Infinity, 0, ...Array(5).fill(-Infinity)],
  ...Array(8).fill(-10_000),
]);
const MASKED_WEIGHTS = Float64Array.from([
  ...Array(8).fill(1 / 8),
  ...[0.5, 0, 0.5, 0, 0, 0, 0, 0],
  ...Array(8).fill(1 / 8),
]);

Deno.test("a fully masked row is uniform, and masked keys weigh nothing [reference]", () => {
  for (const policy of POLICIES) {
    close(policyReference(policy, MASKED_ROWS, 8), MASKED_WEIGHTS, ROUNDING);
  }
});

testOnDevices(
  "a fully masked row is uniform, and masked keys weigh nothing",
  ["native", "wasm"],
  async (device) => {
    await using form = await graphForm(device);
    for (const policy of POLICIES) {
      const weights = await form.weights(policy, { z: MASKED_ROWS, shape: [1, 1, 3, 8], masked: true });
      // a few roundings of float32, times λ + |1 − λ|
      close(Float64Array.from(weights), MASKED_WEIGHTS, 1e-6);
    }
  },
);

Deno.test("parameters and shapes out of their domain are errors that name them", () => {
  const z = Float64Array.of(1, 2, 3, 4, 5, 6);
  const refuses = (policy: AttentionPolicy, keys: number, what: RegExp) =>
    assert.throws(() => policyReference(policy, z, keys), (error) => {
      assert.ok(error instanceof DomainError);
      assert.match(error.message, what);
      return true;
    });
  for (const alpha of [1, 0.5, -1, 4.01, NaN, Infinity]) {
    refuses({ kind: "entmax", alpha }, 3, /alpha must be .*above 1, up to 4/);
    refuses({ kind: "pladis", alpha, lambda: 2 }, 3, /alpha must be .*above 1, up to 4/);
    const { builder } = float64Builder(z, 3);
    for (const policy of [{ kind: "entmax", alpha }, { kind: "pladis", alpha, lambda: 2 }] as const) {
      assert.throws(() => policyGraph(policy, builder, "scores", { keys: 3, dtype: "float32" }), DomainError);
    }
  }
  for (const lambda of [-0.01, 10.01, NaN, Infinity]) {
    refuses({ kind: "pladis", alpha: 1.5, lambda }, 3, /lambda must be .*from 0 to 10/);
    assert.throws(() => policyInputs({ kind: "pladis", alpha: 1.5, lambda }), DomainError);
  }
  for (const keys of [0, 4, 1.5, NaN]) refuses({ kind: "dense" }, keys, /divide|multiple/);
  for (const bad of [NaN, Infinity]) {
    assert.throws(() => policyReference({ kind: "dense" }, Float64Array.of(0, bad), 2), DomainError);
  }
});
