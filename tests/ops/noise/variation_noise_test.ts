import assert from "node:assert/strict";
import { variationNoise } from "../../../ops/noise/variation_noise.ts";
import { loadGoldens, relativeL2 } from "../../helpers/goldens.ts";

const goldens = loadGoldens("noise_half");
const SHAPE = [4, 8, 6] as const;
const a = goldens.floats("variation", "a"), b = goldens.floats("variation", "b");

Deno.test("variationNoise equals the web UI's formula in torch", () => {
  goldens.recipes.variation.settings.strengths.forEach((strength: number, i: number) => {
    const error = relativeL2(
      variationNoise(a, b, strength, SHAPE),
      goldens.floats("variation", `mixed.${i}`),
    );
    assert.ok(error <= 1e-6, `${strength}: ${error}`);
  });
});

Deno.test("variationNoise begins at the one noise, ends at the other, and is the same from both sides", () => {
  assert.ok(relativeL2(variationNoise(a, b, 0, SHAPE), a) <= 1e-6);
  assert.ok(relativeL2(variationNoise(a, b, 1, SHAPE), b) <= 1e-6);
  assert.ok(relativeL2(variationNoise(a, b, 0.3, SHAPE), variationNoise(b, a, 0.7, SHAPE)) <= 1e-6);
});

Deno.test("variationNoise of a noise with itself, or with columns of one value, stays finite", () => {
  assert.ok(relativeL2(variationNoise(a, a, 0.4, SHAPE), a) <= 1e-6);
  const flat = variationNoise(a, a.map((value) => -value), 0.25, [32, 1, 6]);
  assert.ok(flat.every(Number.isFinite));
});
