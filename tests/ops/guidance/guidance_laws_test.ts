/** What holds for every rule of guidance, whatever its formula. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  type Branch,
  type BranchOutputs,
  createGuidance,
  type GuidanceData,
  type GuidanceState,
  type LatentShape,
} from "../../../ops/guidance/guidance.ts";
import { maxAbs } from "../../helpers/goldens.ts";
import { EVERY_RULE } from "./every_rule.ts";

const SHAPE: LatentShape = [3, 2, 4, 4];
const IMAGE = 2 * 4 * 4, SIZE = 3 * IMAGE;
const RUN = { sigmas: [9, 6, 3, 1, 0], space: "preserving" } as const;
const STEPS = RUN.sigmas.length - 1;
const BRANCHES: Branch[] = ["unconditional", "conditional", "negative", "pag", "seg", "slg", "weak", "nag"];

/** A prediction's value, in thousandths: no subnormal numbers, whose relative errors mean nothing. */
const value = fc.integer({ min: -3000, max: 3000 }).map((thousandths) => thousandths / 1000);
const prediction = fc.array(value, { minLength: SIZE, maxLength: SIZE }).map((values) =>
  Float32Array.from(values)
);
const outputs = fc.tuple(...BRANCHES.map(() => prediction)).map((all): BranchOutputs =>
  Object.fromEntries(BRANCHES.map((branch, j) => [branch, all[j]]))
);
const OPTIONS = { seed: 7, numRuns: 20 };

function permuted(values: Float32Array, order: readonly number[]): Float32Array {
  return Float32Array.from(order.flatMap((b) => Array.from(values.subarray(b * IMAGE, (b + 1) * IMAGE))));
}

/** The predictions of all steps, each with the same outputs. */
function everyStep(data: GuidanceData, given: BranchOutputs, throughJson = false): Float32Array[] {
  const rule = createGuidance(data, RUN);
  let state = rule.start();
  return rule.steps.map((_, i) => {
    const guided = rule.combine({ outputs: given, i, shape: SHAPE, state });
    state = throughJson ? reloaded(guided.state) : guided.state;
    return guided.prediction;
  });
}

function reloaded({ momentum }: GuidanceState): GuidanceState {
  if (momentum === undefined) return {};
  return { momentum: Float32Array.from(JSON.parse(JSON.stringify(Array.from(momentum)))) };
}

for (const [name, data] of Object.entries(EVERY_RULE)) {
  Deno.test(`${name}: permuting the images permutes the result`, () => {
    const order = [2, 0, 1];
    fc.assert(
      fc.property(outputs, (given) => {
        const moved = Object.fromEntries(
          Object.entries(given).map(([branch, values]) => [branch, permuted(values, order)]),
        );
        assert.deepEqual(everyStep(data, moved), everyStep(data, given).map((each) => permuted(each, order)));
      }),
      OPTIONS,
    );
  });

  Deno.test(`${name}: inputs are not changed, and a state that went through JSON goes on the same`, () => {
    fc.assert(
      fc.property(outputs, (given) => {
        const before = structuredClone(given);
        const found = everyStep(data, given);
        assert.deepEqual(given, before);
        assert.deepEqual(everyStep(data, given, true), found);
      }),
      OPTIONS,
    );
  });

  Deno.test(`${name}: where all branches say the same, so does the result`, () => {
    fc.assert(
      fc.property(prediction, (same) => {
        const given = Object.fromEntries(BRANCHES.map((branch) => [branch, same]));
        const rule = createGuidance(data, RUN);
        everyStep(data, given).forEach((found, i) => {
          if (rule.steps[i].branches.length > 0) assert.ok(maxAbs(found, same) <= 1e-5, `step ${i}`);
          else assert.ok(found.every((value) => value === 0));
        });
      }),
      OPTIONS,
    );
  });

  if (data.kind === "nag" || data.kind === "none") continue;

  Deno.test(`${name}: off, it is the conditional prediction itself, evaluated alone`, () => {
    const offs: GuidanceData[] = [];
    // at no step of this run
    for (const interval of [[2, 3], { high: 100, low: 50 }] as const) offs.push({ ...data, interval });
    if ("scale" in data && data.kind !== "perp_neg") offs.push({ ...data, scale: 1 } as GuidanceData);
    if (data.kind === "fdg") offs.push({ ...data, scales: [1, 1] });
    const conditional = new Float32Array(SIZE).map((_, j) => Math.sin(j));
    for (const off of offs) {
      const plain = { ...off, perturbed: [], ...(off.kind === "cfg_zero_star" ? { zeroSteps: 0 } : {}) };
      const rule = createGuidance(plain as GuidanceData, RUN);
      assert.deepEqual(rule.branches, ["conditional"]);
      for (const found of everyStep(plain as GuidanceData, { conditional })) assert.equal(found, conditional);
    }
  });
}

Deno.test("cfg is the unconditional prediction at 0, and goes through the conditional one at 1", () => {
  fc.assert(
    fc.property(outputs, (given) => {
      const at = (scale: number) => everyStep({ kind: "cfg", scale, rescale: 0 }, given)[0];
      assert.deepEqual(at(0), given.unconditional);
      assert.ok(maxAbs(at(1 + 2 ** -40), given.conditional as Float32Array) <= 1e-6);
    }),
    OPTIONS,
  );
});

Deno.test("apg with all of the push along the prediction, no bound and no memory is cfg", () => {
  fc.assert(
    fc.property(outputs, (given) => {
      const apg = { ...EVERY_RULE.apg, eta: 1, normThreshold: 0 } as GuidanceData;
      everyStep(apg, given).forEach((found, i) => {
        assert.ok(maxAbs(found, everyStep(EVERY_RULE.cfg, given)[i]) <= 1e-5);
      });
    }),
    OPTIONS,
  );
});

Deno.test("fdg with one scale for all bands is cfg", () => {
  fc.assert(
    fc.property(outputs, (given) => {
      const fdg = { ...EVERY_RULE.fdg, scales: [5, 5, 5] } as GuidanceData;
      assert.ok(maxAbs(everyStep(fdg, given)[0], everyStep(EVERY_RULE.cfg, given)[0]) <= 2e-5);
    }),
    OPTIONS,
  );
});

Deno.test("full rescale gives every image the conditional's standard deviation", () => {
  const deviation = (values: Float32Array) => {
    const mean = values.reduce((a, b) => a + b) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  };
  fc.assert(
    fc.property(outputs, (given) => {
      const found = everyStep({ kind: "cfg", scale: 7, rescale: 1 }, given)[0];
      for (const b of [0, 1, 2]) {
        const of = (values: Float32Array) => deviation(values.subarray(b * IMAGE, (b + 1) * IMAGE));
        assert.ok(Math.abs(of(found) / of(given.conditional as Float32Array) - 1) <= 1e-4);
      }
    }),
    OPTIONS,
  );
});

Deno.test("rescale keeps a flat prediction finite", () => {
  const flat = new Float32Array(SIZE);
  const found = everyStep({ kind: "cfg", scale: 3, rescale: 0.7 }, {
    unconditional: flat,
    conditional: flat,
  });
  assert.deepEqual(found[0], flat);
});

Deno.test("an interval that adjoins another shares no step with it and misses none", () => {
  const reached = (interval: readonly [number, number] | { high: number; low: number }) =>
    createGuidance({ kind: "cfg", scale: 3, rescale: 0, interval }, RUN).steps.map(({ scale }) =>
      scale !== undefined
    );
  for (const at of [0.25, 0.3, 0.5, 0.75]) {
    reached([0, at]).forEach((first, i) => assert.notEqual(first, reached([at, 1])[i]));
  }
  for (const at of [6, 5, 3, 1]) {
    const first = reached({ high: 100, low: at }), second = reached({ high: at, low: 0 });
    for (let i = 0; i < STEPS; i++) assert.notEqual(first[i], second[i], `σ ${RUN.sigmas[i]} at ${at}`);
  }
});

Deno.test("steps without guidance cost one evaluation, zeroed ones none, and a schedule that passes 1 one there", () => {
  const counts = (data: GuidanceData) =>
    createGuidance(data, RUN).steps.map(({ branches }) => branches.length);
  assert.deepEqual(counts({ kind: "cfg", scale: 3, rescale: 0, interval: [0.25, 0.75] }), [1, 2, 2, 1]);
  assert.deepEqual(
    counts({ kind: "cfg_zero_star", scale: 3, rescale: 0, from: "unconditional", zeroSteps: 2 }),
    [
      0,
      0,
      2,
      2,
    ],
  );
  assert.deepEqual(
    counts({ kind: "cfg", scale: 4, schedule: { kind: "linear", from: 0, to: 1 }, rescale: 0 }),
    [
      1,
      2,
      2,
      2,
    ],
  );
  assert.deepEqual(counts(EVERY_RULE.perp_neg), [3, 3, 3, 3]);
  assert.deepEqual(counts(EVERY_RULE["cfg and perturbations"]), [5, 5, 5, 5]);
  const late = { kind: "pag", scale: 3, interval: [0.5, 1] } as const;
  assert.deepEqual(counts({ kind: "none", perturbed: [late] }), [1, 1, 2, 2]);
});
