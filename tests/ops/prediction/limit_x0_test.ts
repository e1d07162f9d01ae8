import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { limitX0 } from "../../../ops/prediction/limit_x0.ts";
import { maxAbs } from "../../helpers/goldens.ts";

const x0 = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 2, maxLength: 40 })
  .map((values) => Float32Array.from(values));

Deno.test("limitX0: clipping", () => {
  const x = Float32Array.of(-3, -1, 0.5, 1.5, 9);
  assert.deepEqual(limitX0({ kind: "clip", range: 1.5 }, x, 1), Float32Array.of(-1.5, -1, 0.5, 1.5, 1.5));
  assert.deepEqual(x, Float32Array.of(-3, -1, 0.5, 1.5, 9));
});

Deno.test("limitX0: dynamic thresholding at a known quantile", () => {
  // |x| sorted: 0 1 2 3 4; 0.75 of the way is 3, which the largest allowed value cuts to 2.5 in the second case.
  const x = Float32Array.of(-4, 0, 1, 2, 3);
  assert.deepEqual(
    limitX0({ kind: "threshold", ratio: 0.75, max: 8 }, x, 1),
    Float32Array.of(-1, 0, 1 / 3, 2 / 3, 1),
  );
  const cut = limitX0({ kind: "threshold", ratio: 0.75, max: 2.5 }, x, 1);
  assert.deepEqual(cut, Float32Array.of(-1, 0, 0.4, 0.8, 1));
});

Deno.test("limitX0: a quantile between two values is interpolated, as torch.quantile does", () => {
  // Rank 0.7 · 4 = 2.8, between 2 and 3.
  const limited = limitX0({ kind: "threshold", ratio: 0.7, max: 8 }, Float32Array.of(0, 1, 2, 3, -4), 1);
  assert.ok(maxAbs(limited, [0, 1 / 2.8, 2 / 2.8, 1, -1]) <= 1e-6);
});

Deno.test("limitX0: dynamic thresholding leaves what is within ±1, and everything ends up there", () => {
  fc.assert(
    fc.property(x0, fc.double({ min: 0, max: 1, noNaN: true }), (x, ratio) => {
      const limit = { kind: "threshold", ratio, max: 100 } as const;
      const before = x.slice();
      assert.ok(limitX0(limit, x, 1).every((value) => Math.abs(value) <= 1));
      assert.deepEqual(x, before);
      const small = x.map((value) => value / 4);
      assert.deepEqual(limitX0(limit, small, 1), small);
    }),
    { seed: 7 },
  );
});

Deno.test("limitX0: images of a batch do not touch each other", () => {
  fc.assert(
    fc.property(x0, (x) => {
      const limit = { kind: "threshold", ratio: 0.9, max: 3 } as const;
      const other = x.map((value) => 3 * value);
      const alone = [...limitX0(limit, x, 1), ...limitX0(limit, other, 1)];
      assert.deepEqual(Array.from(limitX0(limit, Float32Array.of(...x, ...other), 2)), alone);
    }),
    { seed: 7 },
  );
});
