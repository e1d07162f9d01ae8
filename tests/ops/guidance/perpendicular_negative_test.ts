import assert from "node:assert/strict";
import { perpendicularNegative } from "../../../ops/guidance/perpendicular_negative.ts";

const positive = Float32Array.of(1, 2, 0, -1, 3, 1, 0, 2);
const negative = Float32Array.of(0, 1, 1, 4, -2, 1, 5, 0);

Deno.test("perp-neg takes away only what stands at right angles to the prompt's push, image by image", () => {
  const push = perpendicularNegative(positive, negative, 2, 2);
  for (const from of [0, 4]) {
    const inner = (a: Float32Array, b: Float32Array) =>
      a.subarray(from, from + 4).reduce((sum, value, j) => sum + value * b[from + j], 0);
    // ⟨push, positive⟩ = ‖positive‖²: what was taken away has no part along it
    assert.ok(Math.abs(inner(push, positive) - inner(positive, positive)) <= 1e-5);
  }
});

Deno.test("perp-neg: a negative prompt that says the same, or the opposite, changes nothing", () => {
  for (const factor of [1, -2]) {
    const push = perpendicularNegative(positive, positive.map((value) => factor * value), 3, 2);
    push.forEach((value, j) => assert.ok(Math.abs(value - positive[j]) <= 1e-5));
  }
});

Deno.test("perp-neg without a push towards the prompt goes away from the negative one", () => {
  assert.deepEqual(
    perpendicularNegative(new Float32Array(4), negative.subarray(0, 4), 2, 1),
    Float32Array.of(0, -2, -2, -8),
  );
});
