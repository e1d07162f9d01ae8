import assert from "node:assert/strict";
import { parseRecipe, presets } from "../../recipes/recipes.ts";

Deno.test("presets are recipes for the bundled models, and say what their names say", () => {
  for (const preset of Object.values(presets)) {
    assert.deepEqual(parseRecipe(JSON.stringify(preset)), preset);
    assert.match(preset.model.kind, /^pocket(-turbo)?$/);
  }
  const { quick, faithful, sharp } = presets;
  assert.deepEqual([quick.scheduler.steps, quick.guidance.kind, quick.attention.kind], [2, "none", "dense"]);
  assert.deepEqual([faithful.scheduler.steps, faithful.guidance.scale, faithful.attention.kind], [
    8,
    2,
    "dense",
  ]);
  assert.deepEqual([sharp.scheduler.steps, sharp.guidance.kind, sharp.attention.kind], [8, "none", "pladis"]);
});
