/** Stable Diffusion 1.5 and XL at a tiny size, whole runs against the original pipelines. */
import assert from "node:assert/strict";
import type { FloatTensor, Tensor } from "../../models/runtimes/tensor.ts";
import { type GenerateOptions, pipeline } from "../../pipeline/pipeline.ts";
import { readImageMetadata } from "../../pipeline/image_metadata.ts";
import { parseRecipe } from "../../recipes/recipes.ts";
import { fixture, loadGoldens, maxAbs, relativeL2 } from "../helpers/goldens.ts";
import { CPU_DEVICES, testOnDevices } from "../helpers/runtimes_under_test.ts";

/** Runs of each family's goldens that the solvers here can make. */
const RUNS: Readonly<Record<string, readonly string[]>> = {
  sd15: [
    "sched_ddim_eta0",
    "sched_ddim_eta1",
    "sched_euler",
    "sched_euler_karras",
    "sched_dpmpp_2m",
    "sched_dpmpp_2m_karras",
    "img2img",
    "img2img_pladis",
  ],
  sdxl: [
    "dense",
    "pladis_l2_a1.5",
    "pladis_l2_a2",
    "pladis_l1.5_a1.25",
    "dense_nocfg",
    "pladis_nocfg",
    "pladis_lambda1",
    "dense_empty_negative",
    "dense_no_negative",
    "dense_other_shape",
    "dense_long_prompt",
    "cfg_rescale_0.7",
    "prompt_2",
    "sched_dpmpp_2m_karras",
    "img2img",
    "img2img_pladis",
  ],
};

const KIND: Readonly<Record<string, string>> = { sd15: "stable-diffusion", sdxl: "stable-diffusion-xl" };

/** The tiny models' latents are of size 4 to 20, and some runs amplify noise of 1e-6 thirtyfold. */
const LATENTS = 1e-3, IMAGE = 1e-3;

// deno-lint-ignore no-explicit-any
function recipeOf(family: string, settings: any) {
  const { pladis, guidance_scale: scale, guidance_rescale: rescale = 0 } = settings;
  return parseRecipe({
    model: { kind: KIND[family], source: fixture(family, "model") },
    scheduler: {
      kind: settings.scheduler === "DDIMScheduler" && settings.eta ? "ddim" : "bundle",
      steps: settings.num_inference_steps,
      ...(settings.eta ? { eta: settings.eta } : {}),
      config: settings.scheduler_config,
    },
    attention: pladis ? { kind: "pladis", lambda: pladis.lambda, alpha: pladis.alpha } : { kind: "dense" },
    guidance: scale > 1 ? { kind: "cfg", scale, rescale } : { kind: "none" },
    // an image-to-image run has the image's size
    ...(settings.width ? { size: { width: settings.width, height: settings.height } } : {}),
  });
}

for (const [family, names] of Object.entries(RUNS)) {
  const goldens = loadGoldens(family);
  for (const name of names) {
    testOnDevices(`${family} equals diffusers: ${name}`, CPU_DEVICES, async (device) => {
      const { settings, tensors } = goldens.recipes[name];
      const traced = new Map<string, Tensor>(), notices: string[] = [];
      await using pipe = await pipeline(recipeOf(family, settings), {
        device,
        onNotice: (line) => notices.push(line),
      });
      const guided = settings.guidance_scale > 1 && settings.negative_prompt !== undefined &&
        settings.negative_prompt !== null;
      const options: GenerateOptions = {
        seed: settings.seed,
        ...(guided ? { negativePrompt: settings.negative_prompt } : {}),
        ...(settings.prompt_2 ? { prompt2: settings.prompt_2 } : {}),
        ...(settings.negative_prompt_2 ? { negativePrompt2: settings.negative_prompt_2 } : {}),
        ...("init_image" in tensors
          ? { image: goldens.tensor(name, "init_image") as FloatTensor, strength: settings.strength }
          : {}),
        trace: (key, tensor) => void traced.set(key, tensor),
      };
      const image = await pipe.generate(settings.prompt, options);
      const { prompt, prompt2, negativePrompt, negativePrompt2 } = await readImageMetadata(
        await image.encodePng(),
      );
      assert.deepEqual([prompt, prompt2, negativePrompt, negativePrompt2], [
        settings.prompt,
        options.prompt2,
        options.negativePrompt,
        options.negativePrompt2,
      ]);
      const floats = (key: string) => (traced.get(key) as Tensor).data as Float32Array;
      assert.ok(
        relativeL2(floats("prompt_embeds"), goldens.floats(name, "model_in.0.encoder_hidden_states")) <= 1e-5,
      );
      if ("init_image" in tensors) {
        assert.ok(relativeL2(floats("noise"), goldens.floats(name, "noise.1")) <= 2e-6);
        assert.deepEqual(
          Array.from(floats("timesteps")),
          Array.from(goldens.tensor(name, "step_timesteps").data, Number),
        );
        const { image: from } = await readImageMetadata(await image.encodePng());
        const bytes = goldens.floats(name, "init_image");
        const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
        assert.deepEqual(from, { sha256, strength: settings.strength });
      }
      let compared = 0;
      for (const key of Object.keys(tensors).filter((key) => /^latents\.\d+$/.test(key))) {
        const step = `step-${key.slice("latents.".length).padStart(3, "0")}`;
        const error = relativeL2(floats(step), goldens.floats(name, key));
        assert.ok(error <= LATENTS, `${key}: relative L2 ${error}`);
        compared++;
      }
      if (compared === 0) {
        const last = Object.keys(tensors).filter((key) => /^step\.\d+\.prev_sample$/.test(key)).at(
          -1,
        ) as string;
        assert.ok(relativeL2(floats("latents"), goldens.floats(name, last)) <= LATENTS);
      }
      if ("image" in tensors) assert.ok(maxAbs(floats("image"), goldens.floats(name, "image")) <= IMAGE);
      assert.equal(notices.some((line) => line.includes("was cut off")), name === "dense_long_prompt");
    });
  }
}
