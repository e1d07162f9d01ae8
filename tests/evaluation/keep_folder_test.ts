/** What a folder that keeps an evaluation refuses. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EvaluationError } from "../../errors.ts";
import { plainSetting, settingsOf } from "../../evaluation/axes.ts";
import { evaluate } from "../../evaluation/evaluate.ts";
import type { EvaluateOptions } from "../../evaluation/evaluate_options.ts";
import { evaluatedPictures } from "../../evaluation/evaluated_pictures.ts";
import { evaluationScenes } from "../../evaluation/picture_jobs.ts";
import { readResultRows } from "../../evaluation/read_result_rows.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { Image } from "../../pipeline/image.ts";
import { readImageMetadata } from "../../pipeline/image_metadata.ts";
import { decodePixels } from "../../pipeline/png_codec.ts";
import { cfg, ddim, pocket, recipe } from "../../recipes/recipes.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const fast = recipe({ model: pocket(), scheduler: ddim({ steps: 1 }), guidance: cfg({ scale: 2 }) });
const scenes = evaluationScenes({ prompts: 4 });
const options: EvaluateOptions = {
  settings: [plainSetting(fast, "plain")],
  scenes,
  diversityScenes: 0,
  batch: 2,
  device: "native",
  onNotice: () => {},
};

/** A folder with the first two pictures of four. */
async function inHalfDone(body: (keep: string, results: string) => Promise<void>): Promise<void> {
  const keep = await Deno.makeTempDir();
  try {
    let count = 0;
    for await (const _ of evaluatedPictures({ ...options, keep })) if (++count === 2) break;
    await body(keep, join(keep, "results.jsonl"));
  } finally {
    await Deno.remove(keep, { recursive: true });
  }
  assert.deepEqual(liveCounts(), {
    runtimes: 0,
    sessions: 0,
    gpuDevices: 0,
    gpuBuffers: 0,
    gpuTensors: 0,
    workers: 0,
  });
}

async function refused(changes: Partial<EvaluateOptions>, message: RegExp): Promise<void> {
  await assert.rejects(evaluate({ ...options, resume: true, ...changes }), (error: Error) => {
    assert.ok(error instanceof EvaluationError, error.stack);
    assert.match(error.message, message);
    return true;
  });
}

testOnDevices(
  "another evaluation is refused, with what differs; nothing is written",
  ["native"],
  () =>
    inHalfDone(async (keep, results) => {
      const before = await Deno.readTextFile(results);
      await refused({ keep, resume: false }, /must be a folder that keeps no evaluation yet.*--resume/);
      await refused({ keep, seed: 1 }, /seed must be what .* was begun with, got 1\. It was begun with 0/);
      await refused(
        { keep, scenes: scenes.slice(0, 3) },
        /prompts must be what .* got 3\. It was begun with 4/,
      );
      const others = evaluationScenes({ prompts: 4, seed: 1 });
      await refused({ keep, scenes: others }, /captions must be what/);
      const steps = [plainSetting(fast.with({ scheduler: ddim({ steps: 3 }) }), "plain")];
      await refused(
        { keep, settings: steps },
        /settings\[0\]\.recipe\.scheduler\.steps .* got 3\. It was begun with 1/,
      );
      const two = settingsOf(fast, [{ path: "scheduler.steps", values: [1, 2] }]);
      await refused({ keep, settings: two }, /settings\[0\]\.name must be .* got "scheduler\.steps=1"/);
      await refused(
        { keep, settings: [...options.settings, ...two] },
        /settings\[1\] must be .* begun with null/,
      );
      await refused({ keep, negativePrompt: "a dog" }, /negativePrompt must be .* got "a dog"/);
      await refused({ keep, device: "wasm" }, /device must be .* got "wasm"\. It was begun with "native"/);
      await refused({ keep, diversityScenes: 1 }, /diversityScenes must be/);
      assert.equal(await Deno.readTextFile(results), before);
    }),
);

testOnDevices(
  "damage is an error that names the line or the file",
  ["native"],
  () =>
    inHalfDone(async (keep, results) => {
      const whole = await Deno.readTextFile(results), [first, second] = whole.split("\n");
      const damaged = async (text: string, message: RegExp) => {
        await Deno.writeTextFile(results, text);
        await refused({ keep }, message);
      };
      await damaged(`${first}\n{"image":\n`, /line 2 of .*results\.jsonl must be JSON/);
      await damaged(
        `${first.replace('"right":', '"wrong":')}\n`,
        /line 1 of .*: right must be as Winnow writes it/,
      );
      await damaged(
        `${first}\n${first}\n`,
        /line 2 of the results must be a picture of this evaluation, once/,
      );
      await damaged(`${second.replace('"seed":1,', '"seed":9,')}\n`, /line 1 of the results must be/);
      await damaged(whole.replaceAll("01/000", "07/000"), /line 1 of the results must be .*07\/0001\.png/);
      await Deno.writeTextFile(results, whole);
      await Deno.rename(join(keep, "01/0002.png"), join(keep, "gone.png"));
      await refused({ keep }, /01\/0002\.png must be there, as the results have its row/);
      await Deno.rename(join(keep, "gone.png"), join(keep, "01/0002.png"));
      const identity = await Deno.readTextFile(join(keep, "evaluation.json"));
      await Deno.writeTextFile(join(keep, "evaluation.json"), identity.slice(0, 40));
      await refused({ keep }, /evaluation\.json must be JSON/);
      await Deno.remove(join(keep, "evaluation.json"));
      await refused({ keep }, /evaluation\.json must be there, beside results\.jsonl/);
      await Deno.writeTextFile(join(keep, "evaluation.json"), identity);
      assert.equal((await evaluate({ ...options, keep, resume: true })).rows.length, 4, "all is well again");
    }),
);

testOnDevices("pictures of other weights are not mixed in", ["native"], () =>
  inHalfDone(async (keep) => {
    for (const name of ["01/0001.png", "01/0002.png"]) {
      const png = await Deno.readFile(join(keep, name));
      const { width, height, data } = await decodePixels(png);
      const metadata = await readImageMetadata(png);
      const models = { ...metadata.models, "unet/model.onnx": "0".repeat(64) };
      await new Image(width, height, data, { ...metadata, models }).save(join(keep, name));
    }
    await refused({ keep }, /the model's unet\/model\.onnx must be as they were for the pictures in/);
    assert.equal((await readResultRows(join(keep, "results.jsonl"))).length, 2);
  }));

Deno.test("readResultRows() has no rows where there is no file, and leaves out a line without an end", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "results.jsonl");
    assert.deepEqual(await readResultRows(path), []);
    await Deno.writeTextFile(path, '{"image":"01/00');
    assert.deepEqual(await readResultRows(path), []);
    assert.equal(await Deno.readTextFile(path), '{"image":"01/00', "reading alone changes nothing");
    assert.deepEqual(await readResultRows(path, { cut: true }), []);
    assert.equal(await Deno.readTextFile(path), "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testOnDevices("two evaluations do not write to one folder at a time", ["native"], async () => {
  const keep = await Deno.makeTempDir();
  try {
    const first = evaluatedPictures({ ...options, keep });
    await first.next();
    await refused(
      { keep },
      /results\.jsonl must be written by one evaluation at a time.*take another folder/,
    );
    await first.return();
    const { rows } = await evaluate({ ...options, keep, resume: true });
    assert.equal(rows.length, scenes.length);
  } finally {
    await Deno.remove(keep, { recursive: true });
  }
  assert.deepEqual(liveCounts(), {
    runtimes: 0,
    sessions: 0,
    gpuDevices: 0,
    gpuBuffers: 0,
    gpuTensors: 0,
    workers: 0,
  });
});
