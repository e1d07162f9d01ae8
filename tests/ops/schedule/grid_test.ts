import assert from "node:assert/strict";
import { interpolate, linspace, roundHalfToEven } from "../../../ops/schedule/grid.ts";

Deno.test("linspace includes both ends, whatever the rounding between", () => {
  assert.deepEqual(Array.from(linspace(0, 999, 1)), [0]);
  assert.deepEqual(Array.from(linspace(0, 999, 3)), [0, 499.5, 999]);
  assert.deepEqual(Array.from(linspace(1, 0, 5)), [1, 0.75, 0.5, 0.25, 0]);
  for (let count = 2; count < 200; count++) assert.equal(linspace(0.1, 0.7, count)[count - 1], 0.7);
  assert.equal(linspace(0, 1, 0).length, 0);
});

Deno.test("roundHalfToEven takes halves to the even side", () => {
  const cases = [
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [499.5, 500],
    [500.5, 500],
    [0.49999999999999994, 0],
    [-0.5, 0],
    [-1.5, -2],
    [3, 3],
  ];
  for (const [x, wanted] of cases) assert.equal(roundHalfToEven(x) + 0, wanted);
});

Deno.test("interpolate is exact at the indices, linear between and constant beyond", () => {
  const table = [1, 3, 11];
  assert.deepEqual([-1, 0, 0.25, 1, 1.5, 2, 9].map((x) => interpolate(table, x)), [1, 1, 1.5, 3, 7, 11, 11]);
});
