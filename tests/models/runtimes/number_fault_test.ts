import assert from "node:assert/strict";
import { findFault } from "../../../models/runtimes/number_fault.ts";

Deno.test("findFault: the first number that is none, or nothing but zeros", () => {
  assert.equal(findFault(Float32Array.of(0, -0, 1e-45)), undefined);
  assert.equal(findFault(new Float32Array()), undefined);
  assert.deepEqual(findFault(Float32Array.of(1, -Infinity, NaN)), {
    kind: "not-finite",
    value: -Infinity,
    at: 1,
  });
  assert.deepEqual(findFault(Float32Array.of(0, 0, NaN)), { kind: "not-finite", value: NaN, at: 2 });
  assert.deepEqual(findFault(Float32Array.of(0, -0)), { kind: "zeros" });
});
