import assert from "node:assert/strict";
import { scaleAt, type ScaleSchedule } from "../../../ops/guidance/scale_schedule.ts";

const everyScale = (scale: number, schedule: ScaleSchedule | undefined, steps: number) =>
  Array.from({ length: steps }, (_, i) => scaleAt(scale, schedule, i, steps));

Deno.test("scaleAt: without a schedule the scale is the same at each step", () => {
  assert.deepEqual(everyScale(4, undefined, 3), [4, 4, 4]);
});

Deno.test("scaleAt: linear and cosine go from the first step to the last, as shares of what the scale adds to 1", () => {
  assert.deepEqual(everyScale(5, { kind: "linear", from: 0, to: 1 }, 5), [1, 2, 3, 4, 5]);
  assert.deepEqual(everyScale(5, { kind: "linear", from: 2, to: 0 }, 3), [9, 5, 1]);
  const cosine = everyScale(5, { kind: "cosine", from: 0, to: 1 }, 5);
  const wanted = [1, 3 - Math.SQRT2, 3, 3 + Math.SQRT2, 5];
  cosine.forEach((scale, i) => assert.ok(Math.abs(scale - wanted[i]) < 1e-12));
});

Deno.test("scaleAt: one step has the first share", () => {
  assert.deepEqual(everyScale(5, { kind: "linear", from: 0.5, to: 1 }, 1), [3]);
  assert.deepEqual(everyScale(5, { kind: "cosine", from: 0.5, to: 1 }, 1), [3]);
});

Deno.test("scaleAt: piecewise goes straight between points, stays level beyond them, and jumps where two share a place", () => {
  const points = [[0.25, 1], [0.5, 3], [0.5, 7], [0.75, 5]] as const;
  assert.deepEqual(everyScale(2, { kind: "piecewise", points }, 9), [2, 2, 2, 3, 8, 7, 6, 6, 6]);
  assert.deepEqual(everyScale(3, { kind: "piecewise", points: [[0.5, 2]] }, 3), [5, 5, 5]);
});
