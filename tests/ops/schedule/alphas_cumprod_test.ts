import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { alphasCumprod, rescaleZeroTerminalSnr } from "../../../ops/schedule/alphas_cumprod.ts";
import { betas } from "../../../ops/schedule/betas.ts";

Deno.test("alphasCumprod is the running product of 1 - beta", () => {
  assert.deepEqual(alphasCumprod(Float32Array.of(0.5, 0.25, 0.75)), Float32Array.of(0.5, 0.375, 0.09375));
});

Deno.test("rescaleZeroTerminalSnr ends without signal, begins as before and falls between", () => {
  const ends = fc.tuple(
    fc.double({ min: 1e-5, max: 1e-3, noNaN: true }),
    fc.double({ min: 0.01, max: 0.03, noNaN: true }),
  );
  fc.assert(
    fc.property(ends, fc.integer({ min: 100, max: 1000 }), ([start, stop], count) => {
      const before = betas("scaled_linear", start, stop, count);
      const plain = alphasCumprod(before), rescaled = alphasCumprod(rescaleZeroTerminalSnr(before));
      assert.equal(rescaled[count - 1], 0);
      assert.ok(Math.abs(rescaled[0] - plain[0]) <= 1e-6);
      for (let t = 1; t < count; t++) {
        assert.ok(rescaled[t] < rescaled[t - 1] && rescaled[t] <= plain[t] + 1e-6);
      }
    }),
    { numRuns: 30, seed: 7 },
  );
});
