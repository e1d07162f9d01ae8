import assert from "node:assert/strict";
import { describeGuidance } from "../../recipes/describe_guidance.ts";
import {
  apg,
  autoGuidance,
  cfg,
  cfgPlusPlus,
  cfgZeroStar,
  fdg,
  type Guidance,
  GUIDANCE_KINDS,
  nag,
  noGuidance,
  pag,
  perpNeg,
  pocket,
  seg,
  tcfg,
} from "../../recipes/recipes.ts";

const DESCRIPTIONS: readonly (readonly [Guidance, string])[] = [
  [noGuidance(), "none"],
  [cfg({ scale: 7 }), "classifier-free, scale 7"],
  [
    cfg({ scale: 7, rescale: 0.7, interval: [0, 0.5] }),
    "classifier-free, scale 7, rescale 0.7, steps 0 to 50 %",
  ],
  [cfg({ interval: [0, 1] }), "classifier-free, scale 3"],
  [cfg({ interval: { high: 5, low: 0.5 } }), "classifier-free, scale 3, sigma 5 to 0.5"],
  [
    cfg({ schedule: { kind: "linear", from: 0, to: 2 } }),
    "classifier-free, scale 3, used from 0 to 200 % in a line",
  ],
  [
    cfg({ schedule: { kind: "piecewise", points: [[0, 1], [1, 0.5]] } }),
    "classifier-free, scale 3, used from 100 to 50 % in pieces",
  ],
  [apg({ scale: 7 }), "APG, scale 7, η 0, norm up to 15"],
  [
    apg({ momentum: -0.5, normThreshold: 0, over: "channel", from: "conditional", correct: "zero_star" }),
    "APG, scale 3, η 0, momentum -0.5, by channel, from the conditional prediction, CFG-Zero* factor",
  ],
  [cfgZeroStar(), "CFG-Zero*, scale 3, first step zero"],
  [cfgZeroStar({ zeroSteps: 0 }), "CFG-Zero*, scale 3"],
  [tcfg({ scale: 2 }), "TCFG, scale 2"],
  [
    fdg({ parallelWeights: [1, 0.5], correct: "tangential" }),
    "FDG, scales 10 and 5, parallel weights 1 and 0.5, tangential",
  ],
  [perpNeg({ negativeScale: 2 }), "Perp-Neg, scale 3, negative scale 2"],
  [cfgPlusPlus({ lambda: 0.4 }), "CFG++, λ 0.4"],
  [autoGuidance({ weak: pocket(), scale: 2 }), "AutoGuidance, scale 2, away from pocket"],
  [nag({ scale: 11 }), "NAG, scale 11, τ 2.5, α 0.25"],
  [noGuidance({ perturbed: [pag()] }), "none, PAG 3 at mid"],
  [
    cfg({ perturbed: [seg({ scale: 2, sigma: 1.5, sites: "all", interval: [0.5, 1] })] }),
    "classifier-free, scale 3, SEG 2 σ 1.5 at all self-attention steps 50 to 100 %",
  ],
];

for (const [guidance, text] of DESCRIPTIONS) {
  Deno.test(`describeGuidance: ${text}`, () => assert.equal(describeGuidance(guidance), text));
}

Deno.test("describeGuidance knows every kind", () => {
  assert.deepEqual(
    GUIDANCE_KINDS.filter((kind) => !DESCRIPTIONS.some(([guidance]) => guidance.kind === kind)),
    [],
  );
});
