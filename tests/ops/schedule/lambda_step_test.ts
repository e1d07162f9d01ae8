import assert from "node:assert/strict";
import { lambdaStep, stepsToLookBack } from "../../../ops/schedule/lambda_step.ts";
import { flowLevel, preservingLevelOfRatio } from "../../../ops/schedule/noise_level.ts";

Deno.test("lambdaStep is the logarithm of how the noise to signal ratio falls", () => {
  const step = lambdaStep(preservingLevelOfRatio(8), preservingLevelOfRatio(2));
  assert.ok(Math.abs(step - Math.log(4)) <= 1e-6);
  assert.ok(Math.abs(lambdaStep(flowLevel(0.8), flowLevel(0.5)) - Math.log(4)) <= 1e-6);
  assert.equal(lambdaStep(flowLevel(0.5), flowLevel(0)), Infinity);
});

Deno.test("stepsToLookBack stops at two equal levels", () => {
  const levels = [8, 4, 4, 2, 1].map(preservingLevelOfRatio);
  assert.equal(stepsToLookBack(levels, 4, 3), 2);
  assert.equal(stepsToLookBack(levels, 4, 1), 1);
  assert.equal(stepsToLookBack(levels, 2, 2), 0);
  assert.equal(stepsToLookBack(levels, 1, 1), 1);
  assert.equal(stepsToLookBack(levels, 0, 0), 0);
});
