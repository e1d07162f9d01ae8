import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { predictEpsilon, PREDICTION_TYPES, predictX0 } from "../../../ops/prediction/prediction.ts";
import { explodingLevel, flowLevel, preservingLevel } from "../../../ops/schedule/noise_level.ts";
import { maxAbs } from "../../helpers/goldens.ts";

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const vector = fc.array(fc.tuple(real(-3, 3), real(-3, 3)), { minLength: 1, maxLength: 20 });
const level = fc.oneof(
  real(0.02, 0.98).map(preservingLevel),
  real(0.1, 8).map((s) => explodingLevel(Math.fround(s))),
  real(0.02, 0.98).map((s) => flowLevel(Math.fround(s))),
);

Deno.test("predictX0 and predictEpsilon find the image and the noise that a sample was made of", () => {
  fc.assert(
    fc.property(vector, level, (pairs, at) => {
      const x0 = Float32Array.from(pairs, ([image]) => image),
        epsilon = Float32Array.from(pairs, ([, noise]) => noise);
      const x = x0.map((image, j) => at.alpha * image + at.sigma * epsilon[j]);
      const norm = Math.hypot(at.alpha, at.sigma);
      const said = {
        epsilon,
        sample: x0,
        v_prediction: x0.map((image, j) => (at.alpha * epsilon[j] - at.sigma * image) / norm),
        flow_prediction: x0.map((image, j) => epsilon[j] - image),
      };
      for (const type of PREDICTION_TYPES) {
        // v is for levels with α² + σ² = 1, and for those with α = 1: no model of flow matching predicts it.
        if (type === "v_prediction" && Math.abs(at.alpha + at.sigma - 1) < 1e-6) continue;
        assert.ok(maxAbs(predictX0(type, said[type], x, at), x0) <= 3e-5, type);
        assert.ok(maxAbs(predictEpsilon(type, said[type], x, at), epsilon) <= 3e-5, type);
      }
    }),
    { seed: 7 },
  );
});

Deno.test("a v prediction still gives an image where the sample holds none of it", () => {
  const at = preservingLevel(0);
  const x = Float32Array.of(0.5, -2), v = Float32Array.of(1.25, 3);
  assert.deepEqual(predictX0("v_prediction", v, x, at), Float32Array.of(-1.25, -3));
  assert.deepEqual(predictEpsilon("v_prediction", v, x, at), x);
});
