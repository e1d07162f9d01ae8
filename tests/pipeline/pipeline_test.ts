/** What a loaded recipe promises, on the bundled model. */
import assert from "node:assert/strict";
import { BundleError, DeviceError, DomainError, PlanError } from "../../errors.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { POCKET_BUNDLE_URL } from "../../models/pocket/pocket_bundle.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import { readImageMetadata } from "../../pipeline/image_metadata.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import type { StepEvent } from "../../pipeline/run_events.ts";
import {
  cfg,
  ddim,
  dpmpp2m,
  euler,
  noGuidance,
  pladis,
  pocket,
  recipe,
  size,
  stableDiffusion,
} from "../../recipes/recipes.ts";
import { copyBundle } from "../helpers/copy_bundle.ts";
import { CPU_DEVICES, testOnDevices } from "../helpers/runtimes_under_test.ts";

const PROMPT = "a cat left of a rocket on a blue background";
const quiet = { onNotice: () => {} };
const NOTHING_ALIVE = { runtimes: 0, sessions: 0, gpuDevices: 0, gpuBuffers: 0, gpuTensors: 0, workers: 0 };
const fast = recipe({ model: pocket(), scheduler: dpmpp2m({ steps: 2 }), guidance: noGuidance() });

testOnDevices("the same seed gives the same bytes, another seed others", CPU_DEVICES, async (device) => {
  await using pipe = await pipeline(fast, { device, ...quiet });
  const bytes = async (seed: number) => await (await pipe.generate(PROMPT, { seed })).encodePng();
  const first = await bytes(7);
  assert.deepEqual(await bytes(7), first);
  assert.notDeepEqual(await bytes(8), first);
  await using other = await pipeline(fast, { device, ...quiet });
  assert.deepEqual(await (await other.generate(PROMPT, { seed: 7 })).encodePng(), first);
});

testOnDevices("a batch of four equals four singles", CPU_DEVICES, async (device) => {
  const guided = recipe({ model: pocket(), scheduler: ddim({ steps: 4, eta: 0.5 }), attention: pladis() });
  await using pipe = await pipeline(guided, { device, ...quiet });
  const batch = await pipe.generate(PROMPT, { seed: 40, images: 4 });
  assert.equal(batch.length, 4);
  for (const [i, image] of batch.entries()) {
    assert.equal(image.metadata.seed, String(40 + i));
    assert.deepEqual(image.data, (await pipe.generate(PROMPT, { seed: 40 + i })).data);
  }
});

testOnDevices("a batch of several prompts equals its singles", CPU_DEVICES, async (device) => {
  const guided = recipe({ model: pocket(), scheduler: ddim({ steps: 3, eta: 0.5 }), attention: pladis() });
  await using pipe = await pipeline(guided, { device, ...quiet });
  const prompts = [PROMPT, "a fox", PROMPT, ""], negatives = ["a dog", "a dog", "", "a fox"];
  const batch = await pipe.generate(prompts, { seed: 40, negativePrompt: negatives });
  assert.equal(batch.length, 4);
  for (const [i, image] of batch.entries()) {
    const { prompt, negativePrompt, seed } = image.metadata;
    assert.deepEqual([prompt, negativePrompt, seed], [prompts[i], negatives[i], String(40 + i)]);
    const single = await pipe.generate(prompts[i], { seed: 40 + i, negativePrompt: negatives[i] });
    assert.deepEqual(image.data, single.data, `picture ${i}`);
  }
  assert.notDeepEqual(batch[0].data, batch[2].data);
  const seeded = await pipe.generate([PROMPT, "a fox"], { seeds: [41, 2n ** 63n], negativePrompt: "a dog" });
  assert.deepEqual(seeded.map(({ metadata }) => metadata.seed), ["41", String(2n ** 63n)]);
  assert.deepEqual(
    seeded[0].data,
    (await pipe.generate(PROMPT, { seed: 41, negativePrompt: "a dog" })).data,
  );
  const twice = await pipe.generate(PROMPT, { seeds: [9, 9], images: 2 });
  assert.deepEqual(twice[0].data, twice[1].data);
});

testOnDevices("of several prompts, equal ones are encoded once, and the trace shows each", [
  "native",
], async (device) => {
  const notices: string[] = [], traced = new Map<string, Tensor>();
  await using pipe = await pipeline(fast.with({ guidance: cfg() }), {
    device,
    onNotice: (line) => notices.push(line),
  });
  const long = `${"a cat ".repeat(20)}a rocket`;
  const trace = (name: string, tensor: Tensor) => void traced.set(name, tensor);
  await pipe.generate([long, PROMPT, long], { seed: 1, trace });
  assert.equal(notices.length, 2, "the device, and what was cut");
  assert.deepEqual(traced.get("prompt_embeds")?.shape.slice(0, 2), [6, 32]);
  await pipe.generate(PROMPT, { seed: 1, images: 3, trace });
  assert.deepEqual(traced.get("prompt_embeds")?.shape.slice(0, 2), [2, 32]);
});

testOnDevices("lists of prompts and seeds that do not fit are errors that name them", [
  "native",
], async (device) => {
  await using pipe = await pipeline(fast.with({ guidance: cfg() }), { device, ...quiet });
  // deno-lint-ignore no-explicit-any
  const attempt = (prompt: any, options: any) =>
    assert.rejects(pipe.generate(prompt, options), DomainError).then(() =>
      pipe.generate(prompt, options).catch(({ message }) => message)
    );
  const two = ["a cat", "a dog"];
  assert.match(await attempt([], {}), /the list of prompts must be one prompt or more/);
  assert.match(await attempt(two, { images: 2 }), /images must be absent with a list of prompts/);
  assert.match(
    await attempt(two, { negativePrompt: ["a"] }),
    /negativePrompt must be one text, or one for e/,
  );
  assert.match(
    await attempt(two, { seeds: [1] }),
    /the number of seeds must be one for each picture, 2, got 1/,
  );
  assert.match(await attempt(two, { seeds: [1, 0.5] }), /seeds\[1\] must be a whole number .* got 0.5/);
  assert.match(await attempt(two, { seeds: [1, 2], seed: 1 }), /seed must be absent, as seeds are given/);
  assert.match(
    await attempt("a cat", { seeds: [1, 2] }),
    /the number of seeds must be one for each picture, 1/,
  );
});

testOnDevices("steps are told: number, sigma, time, latents, preview", ["native"], async (device) => {
  await using pipe = await pipeline(recipe({ model: pocket(), scheduler: euler({ steps: 3 }) }), {
    device,
    ...quiet,
  });
  const events: StepEvent[] = [], traced = new Map<string, Tensor>();
  const image = await pipe.generate(PROMPT, {
    seed: 1,
    async onStep(event) {
      events.push(event);
      assert.deepEqual(event.latents().shape, [1, 16, 16, 16]);
      const [preview] = await event.preview();
      assert.equal(preview.width, 64);
      if (event.step === event.steps) assert.deepEqual(preview.data, (await event.preview())[0].data);
    },
    trace: (name, tensor) => void traced.set(name, tensor),
  });
  assert.deepEqual(events.map(({ step, steps }) => [step, steps]), [[1, 3], [2, 3], [3, 3]]);
  assert.ok(events.every(({ sigma }, i) => i === 0 || sigma < events[i - 1].sigma));
  assert.equal(events[2].sigma, 0);
  assert.equal(events[2].remainingMs, 0);
  assert.ok(events[0].remainingMs > 0 && events[2].elapsedMs > events[0].elapsedMs);
  assert.deepEqual([...traced.keys()], [
    "noise",
    "timesteps",
    "prompt_embeds",
    "step-000",
    "step-001",
    "step-002",
    "latents",
    "image",
  ]);
  // At sigma 0 the sample is the prediction itself.
  assert.deepEqual((await events[2].preview())[0].data, image.data);
});

testOnDevices(
  "the PNG carries the recipe, prompt, seed, version and the hashes of the model",
  ["native"],
  async (device) => {
    await using pipe = await pipeline(fast.with({ guidance: cfg({ scale: 2 }) }), { device, ...quiet });
    const image = await pipe.generate("a naïve café ☕", { seed: 2n ** 63n, negativePrompt: "a dog" });
    const metadata = await readImageMetadata(await image.encodePng());
    assert.equal(metadata.prompt, "a naïve café ☕");
    assert.equal(metadata.negativePrompt, "a dog");
    assert.equal(metadata.seed, String(2n ** 63n));
    assert.deepEqual({ ...metadata.recipe }, { ...pipe.recipe });
    const manifest = JSON.parse(await Deno.readTextFile(new URL("manifest.json", POCKET_BUNDLE_URL)));
    assert.equal(metadata.models["unet/model.onnx"], manifest.files["unet/model.onnx"].sha256);
  },
);

testOnDevices("another size works, and one that the model cannot take is refused with the nearest", [
  "native",
], async (device) => {
  await using pipe = await pipeline(fast, { device, ...quiet });
  const image = await pipe.under(fast.with({ size: size(96, 64) })).generate(PROMPT, { seed: 3 });
  assert.deepEqual([image.width, image.height, image.data.length], [96, 64, 96 * 64 * 3]);
  assert.throws(
    () => pipe.under(fast.with({ size: size(72, 64) })),
    (error: Error) =>
      error instanceof PlanError && /size.width must be a multiple of 16.*Take 64 or 80/.test(error.message),
  );
});

testOnDevices(
  "an empty prompt is allowed, a long one is cut with a warning that shows the cut, unknown words are named",
  ["native"],
  async (device) => {
    const notices: string[] = [];
    await using pipe = await pipeline(fast, { device, onNotice: (line) => notices.push(line) });
    assert.equal(notices.length, 1, "the device is said once");
    assert.match(notices[0], /^Running on native on \d+ CPU threads?: as asked for$/);
    await pipe.generate("", { seed: 1 });
    assert.equal(notices.length, 1);
    await pipe.generate(`${"a cat ".repeat(20)}and a rocket`, { seed: 1 });
    assert.equal(notices.length, 2);
    assert.match(notices[1], /longer than the 32 tokens.*cut off: ".*rocket"/);
    await pipe.generate("a lighthouse above a cat", { seed: 1 });
    assert.deepEqual(notices.slice(2), [
      'The model has never seen these words of the prompt, and may draw anything for them: "lighthouse"',
    ]);
  },
);

testOnDevices("bad options of a run are errors that name them", ["native"], async (device) => {
  await using pipe = await pipeline(fast, { device, ...quiet });
  // deno-lint-ignore no-explicit-any
  const attempt = (options: any) => pipe.generate(PROMPT, options);
  await assert.rejects(
    attempt({ seed: 1.5 }),
    (e: Error) => e instanceof DomainError && /seed must be .*got 1.5/.test(e.message),
  );
  await assert.rejects(attempt({ seed: 2n ** 64n }), /seed must be/);
  await assert.rejects(attempt({ images: 0 }), /images must be a whole number from 1, got 0/);
  await assert.rejects(
    attempt({ negativePrompt: "a dog" }),
    /negativePrompt must be absent, since this recipe has no guidance/,
  );
  await assert.rejects(
    attempt({ prompt2: "a dog" }),
    /prompt2 must be absent, since this model has one text encoder/,
  );
  await pipe.generate(PROMPT, { seed: 1 });
});

testOnDevices("a run can be cancelled at any step, and the next one works", ["native"], async (device) => {
  {
    await using pipe = await pipeline(recipe({ model: pocket(), scheduler: ddim({ steps: 4 }) }), {
      device,
      ...quiet,
    });
    for (const at of [1, 2, 4]) {
      const controller = new AbortController(), reason = new Error("enough");
      const run = pipe.generate(PROMPT, {
        seed: 1,
        signal: controller.signal,
        onStep: ({ step }) => step === at ? controller.abort(reason) : undefined,
      });
      await assert.rejects(run, reason);
    }
    await assert.rejects(pipe.generate(PROMPT, { signal: AbortSignal.abort() }), { name: "AbortError" });
    await assert.rejects(
      pipe.generate(PROMPT, {
        onStep() {
          throw new TypeError("the callback's own");
        },
      }),
      /the callback's own/,
    );
    assert.equal((await pipe.generate(PROMPT, { seed: 1 })).width, 64);
  }
  assert.deepEqual(liveCounts(), NOTHING_ALIVE);
  await assert.rejects(pipeline(fast, { device, ...quiet, signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
  assert.deepEqual(liveCounts(), NOTHING_ALIVE);
});

testOnDevices("a disposed pipeline says so, and disposing twice is harmless", ["native"], async (device) => {
  const pipe = await pipeline(fast, { device, ...quiet });
  const running = pipe.generate(PROMPT, { seed: 1 });
  await pipe[Symbol.asyncDispose]();
  await pipe[Symbol.asyncDispose]();
  assert.equal((await running).width, 64, "what was running ends well");
  await assert.rejects(pipe.generate(PROMPT), DeviceError);
  assert.deepEqual(liveCounts(), NOTHING_ALIVE);
});

testOnDevices("NaN in a component's output is found there", ["native"], async (device) => {
  await using pipe = await pipeline(recipe({ model: pocket(), scheduler: ddim({ steps: 2 }) }), {
    device,
    ...quiet,
  });
  const run = pipe.generate(PROMPT, {
    seed: 1,
    trace(name, { data }) {
      if (name === "noise") (data as Float32Array)[0] = NaN;
    },
  });
  await assert.rejects(
    run,
    (error: Error) =>
      error instanceof DeviceError &&
      /Cannot run unet: its output must be finite numbers, got "NaN at element/.test(error.message),
  );
});

Deno.test("a model of another family, or a damaged one, is an error that names the file; nothing stays alive", async () => {
  const cases: readonly (readonly [string, (folder: string) => Promise<void>, RegExp])[] = [
    ["a file left out", (folder) => Deno.remove(`${folder}/vae_decoder/model.onnx`), /vae_decoder.*must be/],
    ["a folder left out", (folder) => Deno.remove(`${folder}/unet`, { recursive: true }), /unet.*must be/],
    [
      "a truncated graph",
      (folder) => Deno.truncate(`${folder}/unet/model.onnx`, 100_000),
      /unet\/model\.onnx must be/,
    ],
    ["a flipped bit", async (folder) => {
      const bytes = await Deno.readFile(`${folder}/unet/model.onnx`);
      bytes[bytes.length >> 1] ^= 16;
      await Deno.writeFile(`${folder}/unet/model.onnx`, bytes);
    }, /unet\/model\.onnx must be/],
    [
      "text in the place of a graph",
      (folder) => Deno.writeTextFile(`${folder}/unet/model.onnx`, "<html>"),
      /unet\/model\.onnx must be/,
    ],
    [
      "a broken configuration",
      (folder) => Deno.writeTextFile(`${folder}/unet/config.json`, "{"),
      /unet\/config\.json must be/,
    ],
    ["no tokenizer", (folder) => Deno.remove(`${folder}/tokenizer/vocab.json`), /vocab\.json/],
    ["another family", async (folder) => {
      const path = `${folder}/model_index.json`;
      await Deno.writeTextFile(
        path,
        (await Deno.readTextFile(path)).replace("StableDiffusionPipeline", "FluxPipeline"),
      );
    }, /_class_name must be one of|model_index\.json must be/],
  ];
  for (const manifest of [true, false]) {
    for (const [what, damage, message] of cases) {
      // Without a manifest nothing tells a flipped bit of a weight from the weight.
      if (!manifest && what === "a flipped bit") continue;
      await using folder = await copyBundle({ manifest });
      await damage(folder.path);
      const broken = recipe({ model: stableDiffusion(folder.path) });
      await assert.rejects(pipeline(broken, { device: "wasm", ...quiet }), (error: Error) => {
        assert.ok(error.message.startsWith("Cannot "), `${what}: ${error.stack}`);
        assert.match(error.message, message, what);
        if (manifest) assert.ok(error instanceof BundleError, `${what}: ${error.name}`);
        return true;
      });
      assert.deepEqual(liveCounts(), NOTHING_ALIVE, what);
    }
  }
});

testOnDevices("a bundle without a manifest works as any folder", ["native"], async (device) => {
  await using folder = await copyBundle({ manifest: false });
  await using own = await pipeline(fast.with({ model: pocket() }), { device, ...quiet });
  await using copy = await pipeline(recipe({ ...fast, model: stableDiffusion(folder.path) }), {
    device,
    ...quiet,
  });
  assert.deepEqual(
    (await copy.generate(PROMPT, { seed: 1 })).data,
    (await own.generate(PROMPT, { seed: 1 })).data,
  );
});
