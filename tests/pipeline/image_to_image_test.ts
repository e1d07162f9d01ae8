/** Runs that start from an image. That they equal diffusers' is in families_goldens_test.ts. */
import assert from "node:assert/strict";
import { BundleError, DomainError, ImageError } from "../../errors.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import type { FloatTensor, Tensor } from "../../models/runtimes/tensor.ts";
import { readImageMetadata } from "../../pipeline/image_metadata.ts";
import { readPngText } from "../../pipeline/png_text.ts";
import { type GenerateOptions, pipeline } from "../../pipeline/pipeline.ts";
import {
  ddim,
  dense,
  dpmpp2m,
  lcm,
  noGuidance,
  pladis,
  pocket,
  recipe,
  size,
  stableDiffusion,
} from "../../recipes/recipes.ts";
import { copyBundle } from "../helpers/copy_bundle.ts";
import { fixture, loadGoldens, maxAbs, relativeL2 } from "../helpers/goldens.ts";
import { ALL_DEVICES, CPU_DEVICES, testOnDevices } from "../helpers/runtimes_under_test.ts";

const PROMPT = "a cat left of a rocket on a blue background", OTHER = "a fox above a mushroom";
const quiet = { onNotice: () => {} };
const fast = recipe({ model: pocket(), scheduler: dpmpp2m({ steps: 8 }), guidance: noGuidance() });
/** Its encoder gives a distribution. */
const tiny = recipe({
  model: stableDiffusion(fixture("sd15", "model")),
  scheduler: ddim({ steps: 4 }),
  attention: pladis(),
});

function difference(a: { data: Uint8Array }, b: { data: Uint8Array }): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
}

testOnDevices("the less is given up, the more is left of the image", CPU_DEVICES, async (device) => {
  await using pipe = await pipeline(fast, { device, ...quiet });
  const image = await pipe.generate(PROMPT, { seed: 7 });
  const differences: number[] = [];
  for (const strength of [0.125, 0.5, 1]) {
    differences.push(difference(await pipe.generate(OTHER, { seed: 3, image, strength }), image));
  }
  const [little, half, all] = differences;
  assert.ok(little < 8 && half > 1.5 * little && all > 1.5 * half, `${differences}`);
  const unlike = difference(await pipe.generate(OTHER, { seed: 3 }), image);
  assert.ok(all > 0.8 * unlike, `${all} and, without the image, ${unlike}`);
});

testOnDevices("a file, its pixels, and equal options give equal bytes; the default strength is 0.8", [
  "native",
], async (device) => {
  await using pipe = await pipeline(fast, { device, ...quiet });
  const image = await pipe.generate(PROMPT, { seed: 7 }), png = await image.encodePng();
  const from = await pipe.generate(OTHER, { seed: 3, image, strength: 0.8 });
  assert.deepEqual((await pipe.generate(OTHER, { seed: 3, image: png })).data, from.data);
  assert.notDeepEqual((await pipe.generate(OTHER, { seed: 4, image })).data, from.data);
});

testOnDevices(
  "the encoder is loaded when it is first needed, once, and given back",
  CPU_DEVICES,
  async (device) => {
    const before = liveCounts().sessions;
    {
      await using pipe = await pipeline(fast, { device, ...quiet });
      const image = await pipe.generate(PROMPT, { seed: 7 });
      const loaded = liveCounts().sessions;
      for (const strength of [0.2, 0.3]) {
        await pipe.under(fast.with({ scheduler: ddim({ steps: 5 }) })).generate(PROMPT, { image, strength });
      }
      assert.equal(liveCounts().sessions, loaded + 1);
      const stop = new Error("enough");
      const signal = AbortSignal.abort(stop);
      await assert.rejects(pipe.generate(PROMPT, { image, signal }), stop);
      await assert.rejects(pipe.generate(PROMPT, { image, strength: 0 }), DomainError);
    }
    assert.equal(liveCounts().sessions, before);
  },
);

testOnDevices("a picture knows what it was made from", ["native"], async (device) => {
  await using pipe = await pipeline(fast, { device, ...quiet });
  const png = await (await pipe.generate(PROMPT, { seed: 7 })).encodePng();
  const made = await (await pipe.generate(OTHER, { seed: 3, image: png, strength: 0.5 })).encodePng();
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(png))).toHex();
  assert.deepEqual((await readImageMetadata(made)).image, { sha256, strength: 0.5 });
  assert.match(String((await readPngText(made)).get("parameters")), /Denoising strength: 0\.5,/);
  assert.equal((await readImageMetadata(png)).image, undefined);
});

testOnDevices(
  "the steps told and traced are those taken, whichever the solver",
  ["native"],
  async (device) => {
    await using pipe = await pipeline(fast, { device, ...quiet });
    const image = await pipe.generate(PROMPT, { seed: 7 });
    const run = async (scheduler: Parameters<typeof fast.with>[0]["scheduler"], strength: number) => {
      const told: string[] = [], traced = new Map<string, Tensor>();
      const options: GenerateOptions<typeof fast> = {
        image,
        strength,
        onStep: ({ step, steps, timestep }) => void told.push(`${step}/${steps} ${Math.round(timestep)}`),
        trace: (name, tensor) => void traced.set(name, tensor),
      };
      await pipe.under(fast.with({ scheduler })).generate(PROMPT, options);
      const steps = [...traced.keys()].filter((name) => name.startsWith("step-"));
      assert.deepEqual([...traced.keys()].slice(0, 3), ["image_latents", "noise", "timesteps"]);
      assert.deepEqual(steps, told.map((_, i) => `step-${String(i).padStart(3, "0")}`));
      assert.equal(traced.get("timesteps")?.data.length, told.length);
      return told;
    };
    const config = { prediction_type: "v_prediction", timestep_spacing: "leading" } as const;
    assert.deepEqual(await run(ddim({ steps: 5, config }), 0.6), ["1/3 401", "2/3 201", "3/3 1"]);
    assert.equal((await run(dpmpp2m({ steps: 4 }), 1)).length, 4);
    // LCM takes all of its steps over what is left: 50 timesteps of distillation, of which half
    assert.deepEqual(await run(lcm({ steps: 3, config }), 0.5), ["1/3 499", "2/3 339", "3/3 179"]);
  },
);

testOnDevices(
  "a run has the image's size, in the nearest that the model draws, or the recipe's own",
  ["native"],
  async (device) => {
    const notices: string[] = [];
    await using pipe = await pipeline(fast, { device, onNotice: (line) => notices.push(line) });
    const wide = await pipe.under(fast.with({ size: size(96, 64) })).generate(PROMPT, { seed: 7 });
    const { length } = notices;
    const made = await pipe.generate(PROMPT, { seed: 3, image: wide, strength: 0.3 });
    assert.deepEqual([made.width, made.height], [96, 64]);
    assert.equal(notices.length, length);
    const odd = { width: 90, height: 50, data: wide.data.slice(0, 90 * 50 * 3) };
    const near = await pipe.generate(PROMPT, { seed: 3, image: odd, strength: 0.3 });
    assert.deepEqual([near.width, near.height], [96, 48]);
    assert.match(
      notices[length],
      /^The image is resized from 90 × 50 pixels to 96 × 48, the nearest whose sides are multiples of 16/,
    );
    const fixed = pipe.under(fast.with({ size: size(64, 64) }));
    const square = await fixed.generate(PROMPT, { seed: 3, image: wide, strength: 0.3 });
    assert.deepEqual([square.width, square.height], [64, 64]);
    assert.match(notices[length + 1], /from 96 × 64 pixels to 64 × 64, the size asked for$/);
  },
);

testOnDevices(
  "an image's latents are a draw from the distribution that diffusers' encoder gives",
  ALL_DEVICES,
  async (device) => {
    const goldens = loadGoldens("sd15"), name = "img2img";
    const { prompt, seed, strength } = goldens.recipes[name].settings;
    await using pipe = await pipeline(tiny.with({ attention: dense(), guidance: noGuidance() }), {
      device,
      ...quiet,
    });
    let latents: Tensor | undefined;
    await pipe.generate(prompt, {
      seed,
      strength,
      image: goldens.tensor(name, "init_image") as FloatTensor,
      trace: (key, tensor) => void (key === "image_latents" && (latents = tensor)),
    });
    const moments = goldens.floats(name, "vae_encode.0.latent_parameters");
    const noise = goldens.floats(name, "noise.0"), scale = goldens.meta.vae.scaling_factor;
    const wanted = noise.map((z, j) => scale * (moments[j] + Math.exp(moments[noise.length + j] / 2) * z));
    const error = relativeL2((latents as FloatTensor).data, wanted);
    assert.ok(error <= (device === "webgpu" ? 1e-4 : 1e-5), `relative L2 ${error}`);
  },
);

testOnDevices(
  "with an encoder of a distribution, a batch equals its singles",
  CPU_DEVICES,
  async (device) => {
    await using pipe = await pipeline(tiny, { device, ...quiet });
    const image = await pipe.generate("a red cat", { seed: 7 });
    const batch = await pipe.generate("a blue sofa", { seed: 40, images: 3, image, strength: 0.75 });
    for (const [i, each] of batch.entries()) {
      const single = await pipe.generate("a blue sofa", { seed: 40 + i, image, strength: 0.75 });
      assert.deepEqual(each.data, single.data);
    }
    assert.notDeepEqual(batch[0].data, batch[1].data);
  },
);

testOnDevices("a variation of strength 1 is the other seed's run, its draw of the latents included", [
  "native",
], async (device) => {
  await using pipe = await pipeline(tiny, { device, ...quiet });
  const image = await pipe.generate("a red cat", { seed: 7 });
  const traced: Record<string, FloatTensor[]> = {};
  const trace = (name: string, tensor: Tensor) => void (traced[name] ??= []).push(tensor as FloatTensor);
  await pipe.generate("a sofa", { seed: 1, image, variation: { seed: 2, strength: 1 }, trace });
  await pipe.generate("a sofa", { seed: 2, image, trace });
  for (const name of ["image_latents", "noise"]) {
    const [mixed, other] = traced[name];
    assert.ok(maxAbs(mixed.data, other.data) <= 1e-6, name);
  }
});

testOnDevices("bad images and strengths are errors that name them", ["native"], async (device) => {
  await using pipe = await pipeline(fast, { device, ...quiet });
  const image = await pipe.generate(PROMPT, { seed: 7 });
  const attempt = (options: GenerateOptions<typeof fast>, type: new () => Error, message: RegExp) =>
    assert.rejects(pipe.generate(PROMPT, options), (error: Error) => {
      assert.ok(error instanceof type, `${error.stack}`);
      assert.match(error.message, message);
      return true;
    });
  // deno-lint-ignore no-explicit-any
  const [domain, bad] = [DomainError, ImageError] as any;
  await attempt({ strength: 0.5 }, domain, /strength must be absent, as there is no image to start from/);
  for (const strength of [-0.1, 1.5, NaN]) {
    await attempt({ image, strength }, domain, /strength must be a number from 0 to 1/);
  }
  for (const strength of [0, 0.1]) {
    await attempt({ image, strength }, domain, /strength must be at least 1\/8 with 8 steps/);
  }
  await attempt({ image: new Uint8Array(9) }, bad, /image must be a PNG file/);
  const few = pipe.under(fast.with({ scheduler: lcm({ steps: 8 }) }));
  await assert.rejects(
    few.generate(PROMPT, { image, strength: 0.1 }),
    /steps must be at most 5.*strength, 0.1/,
  );
});

testOnDevices("a model without an encoder of images draws from text, and says what is missing", [
  "native",
], async (device) => {
  await using folder = await copyBundle({ manifest: false });
  await Deno.remove(`${folder.path}/vae_encoder`, { recursive: true });
  await using pipe = await pipeline(recipe({ ...fast, model: stableDiffusion(folder.path) }), {
    device,
    ...quiet,
  });
  const image = await pipe.generate(PROMPT, { seed: 7 });
  await assert.rejects(
    pipe.generate(PROMPT, { image }),
    (error: Error) => error instanceof BundleError && /vae_encoder/.test(error.message),
  );
  await pipe.generate(PROMPT, { seed: 8 });
});

testOnDevices(
  "an encoder of another model is an error that says what it gave",
  ["native"],
  async (device) => {
    await using folder = await copyBundle({ manifest: false });
    const encoder = "vae_encoder/model.onnx";
    await Deno.copyFile(fixture("sd15", "model", encoder), `${folder.path}/${encoder}`);
    await using pipe = await pipeline(recipe({ ...fast, model: stableDiffusion(folder.path) }), {
      device,
      ...quiet,
    });
    const image = await pipe.generate(PROMPT, { seed: 7 });
    await assert.rejects(
      pipe.generate(PROMPT, { image }),
      (error: Error) =>
        error instanceof BundleError &&
        /run vae_encoder: its output latent_parameters must be \[1, 16 or 32, 16, 16\], got \[1,8,32,32\]/
          .test(
            error.message,
          ),
    );
  },
);
