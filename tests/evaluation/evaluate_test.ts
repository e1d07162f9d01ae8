/** Whole evaluations of the bundled model: kept, interrupted, resumed, cancelled. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DomainError } from "../../errors.ts";
import { settingsOf } from "../../evaluation/axes.ts";
import { evaluate, type Evaluation } from "../../evaluation/evaluate.ts";
import type { EvaluateOptions } from "../../evaluation/evaluate_options.ts";
import { evaluatedPictures } from "../../evaluation/evaluated_pictures.ts";
import { openJudge } from "../../evaluation/judge/judge.ts";
import { verdict } from "../../evaluation/judge/verdict.ts";
import { evaluationScenes } from "../../evaluation/picture_jobs.ts";
import { readResultRows } from "../../evaluation/read_result_rows.ts";
import type { ResultRow } from "../../evaluation/result_row.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { readImageMetadata } from "../../pipeline/image_metadata.ts";
import { decodePixels } from "../../pipeline/png_codec.ts";
import { ddim, noGuidance, pocket, recipe, size } from "../../recipes/recipes.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const NOTHING_ALIVE = { runtimes: 0, sessions: 0, gpuDevices: 0, gpuBuffers: 0, gpuTensors: 0, workers: 0 };
const PICTURES = 2 * (5 + 2 * 3);
const fast = recipe({ model: pocket(), scheduler: ddim({ steps: 2 }), guidance: noGuidance() });
const scenes = evaluationScenes({ prompts: 5, seed: 3 });
const options: EvaluateOptions = {
  settings: settingsOf(fast, [{ path: "attention.kind", values: ["dense", "pladis"] }]),
  scenes,
  seed: 3,
  diversityScenes: 2,
  batch: 4,
  device: "native",
  onNotice: () => {},
};

/** Without the times, which nothing fixes. */
const timeless = ({ report, rows }: Evaluation) => ({
  report: { ...report, settings: report.settings.map((each) => ({ ...each, ms: 0 })) },
  rows: rows.map((row) => JSON.stringify({ ...row, ms: 0 })).sort(),
});

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(join(folder, "kept"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes some pictures, keeps them, and stops. */
async function interrupted(keep: string, pictures: number): Promise<void> {
  let count = 0;
  for await (const _ of evaluatedPictures({ ...options, keep })) if (++count === pictures) break;
  assert.deepEqual(liveCounts(), NOTHING_ALIVE);
}

let whole: ReturnType<typeof timeless>;

testOnDevices("every picture is kept with its row, and the rows say what the pictures show", [
  "native",
], (device) =>
  inFolder(async (keep) => {
    const evaluation = await evaluate({ ...options, keep });
    assert.deepEqual(liveCounts(), NOTHING_ALIVE);
    whole = timeless(evaluation);
    const rows = await readResultRows(join(keep, "results.jsonl"));
    assert.deepEqual(rows, JSON.parse(JSON.stringify(evaluation.rows)));
    assert.equal(rows.length, PICTURES);
    await using judge = await openJudge({ device });
    for (const row of rows) {
      const png = await Deno.readFile(join(keep, row.image));
      const { prompt, seed, recipe } = await readImageMetadata(png);
      assert.deepEqual([prompt, seed, { ...recipe }], [row.prompt, String(row.seed), row.settings]);
      assert.equal(prompt, scenes[row.index].caption);
      assert.deepEqual(row.scene.objects, JSON.parse(JSON.stringify(scenes[row.index].objects)));
      const [seen] = await judge.read([await decodePixels(png)]);
      assert.deepEqual(JSON.parse(JSON.stringify(seen.objects.map(({ name, place }) => [name, place]))), [
        ...row.seen.objects.map(({ name, place }) => [name, place]),
      ]);
      assert.equal(seen.color, row.seen.color);
      const { right, anywhere, background } = row;
      assert.deepEqual(verdict(scenes[row.index], row.seen), { right, anywhere, background });
      assert.ok(row.psnr > 0 && row.psnr < 60);
      assert.ok(row.ms > 0);
    }
    const of = (name: string) => rows.filter(({ setting }) => setting.endsWith(name));
    const asked = ({ prompt, seed, repeat }: ResultRow) => [prompt, seed, repeat];
    assert.deepEqual(of("dense").map(asked), of("pladis").map(asked), "the same scenes from the same seeds");
  }));

testOnDevices("neither the batch nor keeping changes a result", ["native"], async () => {
  assert.deepEqual(timeless(await evaluate({ ...options, batch: 3 })), whole);
  assert.deepEqual(liveCounts(), NOTHING_ALIVE);
});

testOnDevices(
  "an interrupted evaluation is resumed to the same result, from any place",
  ["native"],
  async () => {
    for (const pictures of [1, 7, 13]) {
      await inFolder(async (keep) => {
        const results = join(keep, "results.jsonl");
        await interrupted(keep, pictures);
        assert.equal((await readResultRows(results)).length, pictures);
        // as a kill leaves it
        await Deno.writeTextFile(results, '{"image":"01/0009.png","prom', { append: true });
        const made: number[] = [];
        const resumed = await evaluate({
          ...options,
          keep,
          resume: true,
          onProgress: ({ done, total }) => {
            assert.equal(total, PICTURES);
            made.push(done);
          },
        });
        assert.equal(made[0], pictures, "what was done is not done again");
        assert.deepEqual(timeless(resumed), whole);
        assert.equal((await readResultRows(results)).length, PICTURES);
        const again = await evaluate({
          ...options,
          keep,
          resume: true,
          onLoad: () => assert.fail("nothing is left"),
        });
        assert.deepEqual(timeless(again), whole);
      });
    }
  },
);

testOnDevices(
  "cancelling gives everything back and leaves what can be resumed",
  ["native"],
  () =>
    inFolder(async (keep) => {
      const controller = new AbortController(), reason = new Error("enough");
      const { signal } = controller;
      const run = evaluate({
        ...options,
        keep,
        signal,
        onProgress: ({ done }) => done >= 8 ? controller.abort(reason) : undefined,
      });
      await assert.rejects(run, reason);
      assert.deepEqual(liveCounts(), NOTHING_ALIVE);
      assert.equal((await readResultRows(join(keep, "results.jsonl"))).length, 8);
      assert.deepEqual(timeless(await evaluate({ ...options, keep, resume: true })), whole);
      await assert.rejects(evaluate({ ...options, signal: AbortSignal.abort(reason) }), reason);
      const failing = () => {
        throw new TypeError("the callback's own");
      };
      await assert.rejects(evaluate({ ...options, onProgress: failing }), /the callback's own/);
      assert.deepEqual(liveCounts(), NOTHING_ALIVE);
    }),
);

testOnDevices("settings of the same graphs share what is loaded, in whatever order they come", [
  "native",
], async () => {
  const parts = [
    { kind: "pladis", lambda: 0 },
    { kind: "dense" },
    { kind: "pladis", lambda: 2 },
    { kind: "pladis", alpha: 2 },
    { kind: "pladis", lambda: 1 },
  ];
  const settings = settingsOf(fast, [{ path: "attention", values: parts }]);
  const loaded: string[] = [], order: string[] = [], notices: string[] = [];
  const { report, rows } = await evaluate({
    ...options,
    settings,
    scenes: scenes.slice(0, 2),
    diversityScenes: 0,
    onLoad: ({ what }) => void loaded.push(what),
    onNotice: (line) => void notices.push(line),
    onProgress: ({ setting }) => void (order.at(-1) === setting || order.push(setting)),
  });
  assert.equal(loaded.filter((what) => what === "unet").length, 3);
  assert.deepEqual(order, [0, 2, 4, 1, 3].map((i) => settings[i].name));
  assert.deepEqual(report.settings.map(({ name }) => name), settings.map(({ name }) => name));
  assert.equal(report.settings[0].diversity, null);
  assert.equal(notices.length, 1, "the device, once");
  const colors = (i: number) =>
    rows.filter(({ setting }) => setting === settings[i].name).map(({ psnr }) => psnr.toFixed(1));
  assert.deepEqual(colors(0), colors(1), "λ 0 is dense");
});

testOnDevices(
  "a negative prompt goes to the settings that have guidance",
  ["native"],
  () =>
    inFolder(async (keep) => {
      const settings = settingsOf(fast, [{ path: "guidance.scale", values: [1, 2] }]);
      const few = { ...options, settings, scenes: scenes.slice(0, 1), diversityScenes: 0, keep };
      const { report } = await evaluate({ ...few, negativePrompt: "a dog" });
      assert.equal(report.negativePrompt, "a dog");
      const negatives = ["01/0001.png", "02/0001.png"].map(async (name) =>
        (await readImageMetadata(await Deno.readFile(join(keep, name)))).negativePrompt
      );
      assert.deepEqual(await Promise.all(negatives), [undefined, "a dog"]);
    }),
);

testOnDevices("pictures of another size are judged, which is said once", ["native"], async () => {
  const notices: string[] = [];
  const settings = settingsOf(fast.with({ size: size(96, 64) }), []);
  const few = { ...options, settings, scenes: scenes.slice(0, 3), batch: 1, diversityScenes: 2 };
  const { rows } = await evaluate({ ...few, onNotice: (line) => void notices.push(line) });
  assert.equal(rows.length, 3 + 2 * 3);
  assert.deepEqual(notices.slice(1), ["Pictures of 96 x 64 pixels are brought to 64 x 64 for the judge."]);
});

Deno.test("bad options are errors that name them, before anything is loaded", async () => {
  const cases: [Partial<EvaluateOptions>, RegExp][] = [
    [{ seed: -1 }, /seed must be a whole number from 0 to 2\^32 - 1, got -1/],
    [{ seed: 0.5 }, /seed must be/],
    [{ batch: 0 }, /batch must be a whole number from 1/],
    [{ diversityScenes: -1 }, /diversityScenes must be/],
    [{ settings: [] }, /settings must be one or more/],
    [{ scenes: [] }, /scenes must be one or more/],
    [{ settings: [options.settings[0], options.settings[0]] }, /the settings' names must be different/],
    [{ negativePrompt: "a dog" }, /negativePrompt must be absent, since no setting has guidance/],
    [{ resume: true }, /resume must be used with keep/],
  ];
  for (const [bad, message] of cases) {
    await assert.rejects(evaluate({ ...options, ...bad }), (error: Error) => {
      assert.ok(error instanceof DomainError, error.stack);
      assert.match(error.message, message);
      return true;
    });
  }
});
