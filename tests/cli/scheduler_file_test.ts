import assert from "node:assert/strict";
import { join } from "node:path";
import { readSchedulerFile } from "../../cli/scheduler_file.ts";
import { RecipeError } from "../../errors.ts";
import { dpmpp2m, pocket, recipe } from "../../recipes/recipes.ts";

Deno.test("readSchedulerFile() reads what diffusers writes, minus infinity included, as data that a recipe can hold", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(
      path,
      `{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "a": [1]}`,
    );
    const config = await readSchedulerFile(path);
    assert.deepEqual(config, {
      _class_name: "DPMSolverMultistepScheduler",
      lambda_min_clipped: "-Infinity",
      a: [1],
    });
    const made = recipe({ model: pocket(), scheduler: dpmpp2m({ config }) });
    assert.deepEqual(JSON.parse(JSON.stringify(made)).scheduler.config, config);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("readSchedulerFile() says what is wrong with a file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (
      const [text, message] of [
        ["{", /the file must be JSON, got "SyntaxError/],
        ["[1]", /the file must be a JSON object, got \[1\]/],
        [undefined, /it must be a file that can be read, got "nothing there"/],
      ] as const
    ) {
      const path = join(folder, `${text?.length}.json`);
      if (text !== undefined) await Deno.writeTextFile(path, text);
      await assert.rejects(
        readSchedulerFile(path),
        (error) =>
          error instanceof RecipeError && message.test(error.message) &&
          error.message.startsWith(`Cannot read the scheduler configuration ${path}: `),
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
