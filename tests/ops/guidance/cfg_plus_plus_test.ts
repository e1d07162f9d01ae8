/** CFG++ as its paper states it, in float64, against classifier-free guidance at the scale that replaces it. */
import assert from "node:assert/strict";
import { cfgPlusPlusScale } from "../../../ops/guidance/cfg_plus_plus.ts";

const U = 0.7, C = -0.4, X = 1.3, LAMBDA = 0.6;

/** a·x₀ + b·ε where the sample x is a₀·x₀ + b₀·ε. */
function step(x0Noise: number, epsNoise: number, from: readonly number[], to: readonly number[]): number {
  const x0 = (X - from[1] * x0Noise) / from[0];
  return to[0] * x0 + to[1] * epsNoise;
}

for (
  const [space, levels] of [
    // α and σ, falling; σ/α or σ is what the schedule shows
    ["preserving", [0.9, 0.6, 0.2, 0].map((sigma) => [Math.sqrt(1 - sigma ** 2), sigma])],
    ["exploding", [9, 3, 0.5, 0].map((sigma) => [1, sigma])],
    ["flow", [0.9, 0.6, 0.2, 0].map((sigma) => [1 - sigma, sigma])],
  ] as const
) {
  Deno.test(`cfg++ is cfg at another scale for a first-order step: ${space}`, () => {
    for (let i = 0; i + 1 < levels.length; i++) {
      const [from, to] = [levels[i], levels[i + 1]];
      const shown = ([alpha, sigma]: readonly number[]) => space === "flow" ? sigma : sigma / alpha;
      const w = cfgPlusPlusScale(LAMBDA, [shown(from), shown(to)], space);
      const guided = (scale: number) => U + scale * (C - U);
      const plusPlus = step(guided(LAMBDA), U, from, to);
      const plain = step(guided(w), guided(w), from, to);
      assert.ok(Math.abs(plusPlus - plain) <= 1e-12, `step ${i}: ${plusPlus} and ${plain}`);
    }
  });
}

Deno.test("cfg++ from pure noise and to the clean image: the scale is λ", () => {
  assert.equal(cfgPlusPlusScale(LAMBDA, [Infinity, 3], "preserving"), LAMBDA);
  assert.equal(cfgPlusPlusScale(LAMBDA, [1, 0.5], "flow"), LAMBDA);
  assert.equal(cfgPlusPlusScale(LAMBDA, [2, 0], "exploding"), LAMBDA);
  assert.equal(cfgPlusPlusScale(LAMBDA, [0.2, 0], "flow"), LAMBDA);
});
