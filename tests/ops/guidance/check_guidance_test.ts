import assert from "node:assert/strict";
import { createGuidance, type GuidanceData } from "../../../ops/guidance/guidance.ts";
import { EVERY_RULE } from "./every_rule.ts";

const RUN = { sigmas: [2, 1, 0], space: "preserving" } as const;
const { cfg, apg, cfg_zero_star, fdg, perp_neg, cfg_pp, nag } = EVERY_RULE;

/** A rule with one field changed, and what is said of it. */
const WRONG: readonly (readonly [GuidanceData, object, RegExp])[] = [
  [cfg, { scale: NaN }, /scale must be a finite number, got NaN/],
  [cfg, { schedule: { kind: "linear", from: Infinity, to: 1 } }, /schedule\.from must be a finite number/],
  [cfg, { schedule: { kind: "piecewise", points: [] } }, /schedule\.points must be one point or more/],
  [cfg, { schedule: { kind: "piecewise", points: [[1, 2], [0, 3]] } }, /t not falling/],
  [cfg, { rescale: 1.1 }, /rescale must be a number from 0 to 1, got 1.1/],
  [cfg, { interval: [0.5, 0.5] }, /interval must be of two numbers, the first below the second/],
  [cfg, { interval: { high: 1, low: 2 } }, /interval must be of high above low/],
  [cfg, { perturbed: [{ kind: "pag", scale: 1 }, { kind: "pag", scale: 2 }] }, /a list of different kinds/],
  [cfg, { perturbed: [{ kind: "pag", scale: NaN }] }, /perturbed\[0\]\.scale must be a finite number/],
  [apg, { eta: NaN }, /eta must be/],
  [apg, { momentum: 1 }, /momentum must be a number between -1 and 1/],
  [apg, { normThreshold: -1 }, /normThreshold must be a number from 0/],
  [cfg_zero_star, { zeroSteps: 0.5 }, /zeroSteps must be a whole number from 0/],
  [fdg, { scales: [] }, /scales must be one finite number or more/],
  [fdg, { parallelWeights: [1] }, /parallelWeights must be 2 finite numbers/],
  [perp_neg, { negativeScale: NaN }, /negativeScale must be/],
  [cfg_pp, { lambda: 2 }, /lambda must be a number from 0 to 1, got 2/],
  [nag, { tau: 0 }, /tau must be a number above 0/],
  [nag, { alpha: 2 }, /alpha must be a number from 0 to 1/],
];

for (const [data, change, message] of WRONG) {
  Deno.test(`guidance says what is wrong: ${data.kind} with ${JSON.stringify(change)}`, () => {
    const wrong = { ...data, ...change } as GuidanceData;
    assert.throws(() => createGuidance(wrong, RUN), { name: "DomainError", message });
  });
}

Deno.test("guidance says what is wrong with what it is given at a step", () => {
  const rule = createGuidance(cfg, RUN);
  const shape = [1, 1, 2, 2] as const, four = new Float32Array(4), state = rule.start();
  const combine = (changes: object) =>
    rule.combine({ outputs: { conditional: four, unconditional: four }, i: 0, shape, state, ...changes });
  const refused = (changes: object, message: RegExp) =>
    assert.throws(() => combine(changes), { name: "DomainError", message });
  combine({});
  refused({ i: 2 }, /i must be a step of 2, got 2/);
  refused(
    { outputs: { conditional: four } },
    /given for the unconditional branch, of the 4 values of \[1, 1, 2, 2\]/,
  );
  refused({ outputs: { conditional: four, unconditional: new Float32Array(6) } }, /got 6/);
  refused({ state: { momentum: new Float32Array(3) } }, /state\.momentum must be of 4 values, got 3/);
});
