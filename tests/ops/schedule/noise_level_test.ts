import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  explodingLevel,
  logSnr,
  preservingLevel,
  preservingLevelOfRatio,
} from "../../../ops/schedule/noise_level.ts";

Deno.test("the two conventions mean the same noise level", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (sigma) => {
      const exploding = explodingLevel(Math.fround(sigma));
      const ofRatio = preservingLevelOfRatio(Math.fround(sigma));
      const ofAlpha = preservingLevel(exploding.alphaCumprod);
      for (const level of [ofRatio, ofAlpha]) {
        assert.ok(Math.abs(Math.hypot(level.alpha, level.sigma) - 1) < 1e-6);
        assert.ok(Math.abs(level.alphaCumprod / exploding.alphaCumprod - 1) < 1e-6);
        assert.equal(level.variance, 1);
      }
      assert.ok(Math.abs(ofRatio.alpha / ofAlpha.alpha - 1) < 1e-6);
      assert.ok(Math.abs(ofRatio.alpha * Math.sqrt(exploding.variance) - 1) < 1e-6);
      assert.ok(
        Math.abs(logSnr(ofRatio) + Math.log(sigma)) < 1e-5 &&
          Math.abs(logSnr(exploding) + Math.log(sigma)) < 1e-5,
      );
    }),
    { seed: 7 },
  );
});

Deno.test("without noise the image stands alone, and λ is infinite", () => {
  for (const level of [preservingLevel(1), preservingLevelOfRatio(0), explodingLevel(0)]) {
    assert.deepEqual([level.alpha, level.sigma, level.alphaCumprod, logSnr(level)], [1, 0, 1, Infinity]);
  }
});
