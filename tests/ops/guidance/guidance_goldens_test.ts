/** Every rule against diffusers' guiders, step by step. */
import assert from "node:assert/strict";
import { createGuidance, type GuidanceData, type LatentShape } from "../../../ops/guidance/guidance.ts";
import {
  imageOfPyramid,
  laplacianPyramid,
  type Planes,
  pyramidDown,
  pyramidUp,
} from "../../../ops/guidance/laplacian_pyramid.ts";
import { paddedSize, resizedPlanes } from "../../../ops/guidance/padded_planes.ts";
import { loadGoldens, relativeL2 } from "../../helpers/goldens.ts";

const TOLERANCE = 1e-6;
/** Torch's SVD is in float32: its own result lies 1.3e-6 from that of NumPy in float64. */
const TANGENTIAL_TOLERANCE = 2e-6;
const STEPS = 4;
const goldens = loadGoldens("guiders");

// deno-lint-ignore no-explicit-any
const configOf = (recipe: string): any => goldens.recipes[recipe].settings.config;

/** A guider's scale as Winnow counts it: the original formulation's w is one less. */
const scaleOf = (recipe: string) =>
  configOf(recipe).guidance_scale + (configOf(recipe).use_original_formulation ? 1 : 0);

function apgData(recipe: string): GuidanceData {
  const config = configOf(recipe);
  const momentum = config.adaptive_projected_guidance_momentum;
  return {
    kind: "apg",
    scale: scaleOf(recipe),
    rescale: config.guidance_rescale ?? 0,
    eta: config.eta ?? 1,
    normThreshold: config.adaptive_projected_guidance_rescale ?? 15,
    over: config.adaptive_projected_guidance_norm_dim ? "channel" : "image",
    from: config.use_original_formulation ? "conditional" : "unconditional",
    ...(momentum === undefined ? {} : { momentum }),
  };
}

function dataOf(recipe: string): GuidanceData {
  const config = configOf(recipe);
  const common = {
    scale: scaleOf(recipe),
    rescale: config.guidance_rescale ?? 0,
    from: "unconditional",
  } as const;
  switch (goldens.recipes[recipe].settings.class) {
    case "ClassifierFreeGuidance": {
      const { scale, rescale } = common;
      const { start, stop } = config;
      return { kind: "cfg", scale, rescale, ...(start === undefined ? {} : { interval: [start, stop] }) };
    }
    case "AdaptiveProjectedGuidance":
      return apgData(recipe);
    case "ClassifierFreeZeroStarGuidance":
      return { kind: "cfg_zero_star", zeroSteps: config.zero_init_steps ?? 1, ...common };
    case "TangentialClassifierFreeGuidance":
      return { kind: "tcfg", ...common };
    case "FrequencyDecoupledGuidance": {
      const { guidance_scales: scales, parallel_weights: parallelWeights, guidance_rescale: rescale = 0 } =
        config;
      const weights = parallelWeights ? { parallelWeights } : {};
      return { kind: "fdg", scales, rescale, from: "unconditional", ...weights };
    }
    default:
      throw new Error(`an unknown guider: ${recipe}`);
  }
}

const guiders = Object.keys(goldens.recipes).filter((recipe) => "class" in goldens.recipes[recipe].settings);

for (const recipe of guiders) {
  Deno.test(`guidance equals diffusers' guider: ${recipe}`, () => {
    const run = { sigmas: [4, 3, 2, 1, 0], space: "exploding" } as const;
    const rule = createGuidance(dataOf(recipe), run);
    let state = rule.start();
    for (let i = 0; i < STEPS; i++) {
      const outputs = {
        unconditional: goldens.floats(recipe, `pred_uncond.${i}`),
        conditional: goldens.floats(recipe, `pred_cond.${i}`),
      };
      const shape = goldens.tensor(recipe, `pred_cond.${i}`).shape as unknown as LatentShape;
      const guided = rule.combine({ outputs, i, shape, state });
      const wanted = goldens.floats(recipe, `pred.${i}`);
      if (wanted.every((value) => value === 0)) assert.deepEqual(guided.prediction, wanted);
      else {
        const error = relativeL2(guided.prediction, wanted);
        const tolerance = recipe.startsWith("tcfg") ? TANGENTIAL_TOLERANCE : TOLERANCE;
        assert.ok(error <= tolerance, `step ${i}: ${error}`);
      }
      state = guided.state;
    }
  });
}

Deno.test("there are guiders of every class to compare with", () => {
  assert.equal(guiders.length, 15);
});

function planes(name: string): Planes {
  const { shape } = goldens.tensor("kornia_pyramid", name);
  return { data: goldens.floats("kornia_pyramid", name), height: shape[2], width: shape[3] };
}

function checkPlanes(found: Planes, name: string): void {
  const wanted = planes(name);
  assert.deepEqual([found.height, found.width], [wanted.height, wanted.width]);
  const error = relativeL2(found.data, wanted.data);
  assert.ok(error <= TOLERANCE, `${name}: ${error}`);
}

Deno.test("the pyramid's steps equal kornia's", () => {
  checkPlanes(pyramidDown(planes("x")), "pyrdown");
  checkPlanes(pyramidUp(planes("pyrdown")), "pyrup_of_pyrdown");
});

Deno.test("the pyramid equals kornia's, padded where it pads", () => {
  laplacianPyramid(planes("x"), 2).forEach((band, level) => checkPlanes(band, `laplacian.${level}`));
  const odd = planes("x_6x10");
  const padded = resizedPlanes(odd, ...paddedSize(odd.height, odd.width, 2));
  laplacianPyramid(padded, 2).forEach((band, level) => checkPlanes(band, `laplacian_6x10.${level}`));
});

Deno.test("the image of a pyramid is the image that it was made of", () => {
  const x = planes("x");
  for (const levels of [1, 2, 3]) {
    assert.ok(relativeL2(imageOfPyramid(laplacianPyramid(x, levels)).data, x.data) <= TOLERANCE);
  }
});
