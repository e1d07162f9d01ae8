import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  bySite,
  cfg,
  describeRecipe,
  dpmpp2m,
  entmax,
  euler,
  parseRecipe,
  pladis,
  presets,
  recipe,
  size,
  stableDiffusionXl,
  temperature,
  textEncoder,
} from "../../recipes/recipes.ts";
import { recipeData } from "./arbitrary_recipe.ts";

Deno.test("describeRecipe() has one short line for each part", () => {
  assert.deepEqual(describeRecipe(presets.sharp), {
    model: "pocket, the bundled model",
    textEncoder: "last layer",
    scheduler: "DDIM, 8 steps",
    attention: "PLADIS, λ 2, α 1.5, at all cross-attention sites",
    guidance: "none",
    size: "the model's own",
  });
  const full = recipe({
    model: stableDiffusionXl("./xl"),
    textEncoder: textEncoder({ clipSkip: 1 }),
    scheduler: dpmpp2m({ steps: 1, sigmas: "karras", config: {} }),
    attention: entmax({ alpha: 2, sites: ["down", "up"] }),
    guidance: cfg({ scale: 7, rescale: 0.7 }),
    size: size(512, 768),
  });
  assert.deepEqual(describeRecipe(full), {
    model: "Stable Diffusion XL from ./xl",
    textEncoder: "last layer but 1",
    scheduler: "DPM++ 2M, 1 step, karras sigmas, with a configuration of the recipe's",
    attention: "entmax, α 2, at down and up",
    guidance: "classifier-free, scale 7, rescale 0.7",
    size: "512 x 768 pixels",
  });
  const half = presets.sharp.with({ attention: pladis({ interval: [0, 0.5] }) });
  assert.equal(
    describeRecipe(half).attention,
    "PLADIS, λ 2, α 1.5, at all cross-attention sites, steps 0 to 50 %",
  );
  const mixed = presets.sharp.with({
    attention: bySite(
      pladis({ lambda: 3, sites: ["down", "up"], schedule: { kind: "linear", from: 1, to: 0 } }),
      temperature({ temperature: 0.9, sites: ["mid"], interval: [0, 0.5] }),
    ),
  });
  assert.equal(
    describeRecipe(mixed).attention,
    "PLADIS, λ 3, used from 100 to 0 % in a line, α 1.5, at down and up; " +
      "softmax, temperature 0.9, at mid, steps 0 to 50 %",
  );
  const turbo = recipe({
    model: stableDiffusionXl("turbo", { guidanceDistilled: true }),
    scheduler: euler({ steps: 4 }),
  });
  assert.equal(describeRecipe(turbo).model, "Stable Diffusion XL from turbo, guidance-distilled");
});

Deno.test("describeRecipe() tells recipes apart whose numbers differ", () => {
  fc.assert(fc.property(recipeData, fc.integer({ min: 1, max: 1000 }), (data, steps) => {
    const made = parseRecipe(data);
    const other = made.with({ scheduler: { ...made.scheduler, steps } });
    const same = JSON.stringify(describeRecipe(made)) === JSON.stringify(describeRecipe(other));
    assert.equal(same, made.scheduler.steps === steps);
  }));
});
