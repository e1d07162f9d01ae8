import assert from "node:assert/strict";
import { DomainError } from "../../errors.ts";
import { findStep, meanMap } from "../../pipeline/step_maps.ts";

const recordedAt = (...steps: number[]) =>
  steps.map((step) => ({ step, maps: [Float32Array.of(step, 2 * step), Float32Array.of(1, 0)] }));

function refused(act: () => unknown, message: RegExp): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof DomainError);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("findStep() goes by the run's own steps, recorded or not", () => {
  const recorded = recordedAt(1, 3);
  assert.equal(findStep(recorded, 4, 1), recorded[0]);
  assert.equal(findStep(recorded, 4, 3), recorded[1]);
  for (const step of [0, 2, 4, -1, 1.5, NaN]) {
    refused(
      () => findStep(recorded, 4, step),
      /the step must be one of those recorded, 1, 3, got .*\. In the others guidance did without/,
    );
  }
  refused(() => findStep(recordedAt(0, 1), 2, 2), /the step must be a whole number from 0 to 1, got 2$/);
  refused(() => findStep([], 2, 0), /one of those recorded, of which there is none, got 0\. In the others/);
});

Deno.test("meanMap() is the mean over what was recorded", () => {
  assert.deepEqual(meanMap(recordedAt(1, 3), 4, 0), Float32Array.of(2, 4));
  assert.deepEqual(meanMap(recordedAt(1, 3), 4, 1), Float32Array.of(1, 0));
  refused(
    () => meanMap([], 3, 0),
    /the steps must be some in which .* asked for the prompt, got "none of 3"/,
  );
});
