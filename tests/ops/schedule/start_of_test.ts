import assert from "node:assert/strict";
import { startOf } from "../../../ops/schedule/start_of.ts";

Deno.test("startOf leaves the first steps out, whole ones, rounding the steps to take down", () => {
  const start = (strength: number, steps: number, stages: number) =>
    startOf({ strength, steps, evaluations: stages * steps, stages });
  assert.deepEqual([1, 0.99, 0.75, 0.5, 0.05, 0].map((strength) => start(strength, 10, 1)), [
    0,
    1,
    3,
    5,
    10,
    10,
  ]);
  assert.deepEqual([1, 0.75, 0].map((strength) => start(strength, 10, 2)), [0, 6, 20]);
});
