/** The bundled model against the real diffusers on the same weights: every step, the final latents, the PNG. */
import assert from "node:assert/strict";
import { pipeline } from "../../pipeline/pipeline.ts";
import type { Image } from "../../pipeline/image.ts";
import type { DeviceName } from "../../models/runtimes/runtime.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import { parseRecipe } from "../../recipes/recipes.ts";
import { loadGoldens, maxAbs, relativeL2 } from "../helpers/goldens.ts";
import { pngPixels } from "../helpers/png_pixels.ts";
import { ALL_DEVICES, testOnDevices } from "../helpers/runtimes_under_test.ts";

const goldens = loadGoldens("pocket");

/** Relative L2 of the latents. WebGPU's GroupNorm alone is off by 2e-5 a call. */
const LATENTS: Record<DeviceName, number> = { wasm: 1e-3, native: 1e-3, webgpu: 5e-3 };

/** Levels of 255 by which a pixel may differ. */
const PIXELS = 2;

/** On a software adapter a step takes a second: this cross-section there, everything on the CPU. */
const ON_WEBGPU = [
  "ddim_dense_cfg",
  "ddim_pladis_l2_a1.5_cfg",
  "euler_pladis_l1.5_a2_none",
  "dpmpp_2m_pladis_l2_a1.25_none",
  "euler_entmax_a1.5_none",
];

// deno-lint-ignore no-explicit-any
function recipeOf(settings: any) {
  const {
    attention,
    guidance,
    solver,
    num_inference_steps: steps,
    clip_skip: clipSkip,
    scheduler_options: options,
  } = settings;
  const sigmas = options?.use_karras_sigmas ? { sigmas: "karras" } : {};
  return parseRecipe({
    version: 1,
    model: { kind: "pocket" },
    textEncoder: { clipSkip },
    scheduler: solver === "ddim" ? { kind: "ddim", steps, eta: 0 } : { kind: solver, steps, ...sigmas },
    attention: attention.kind === "dense" ? attention : { ...attention, sites: "all" },
    guidance,
  });
}

for (const [name, { settings, tensors }] of Object.entries(goldens.recipes)) {
  const devices = ALL_DEVICES.filter((device) => device !== "webgpu" || ON_WEBGPU.includes(name));
  testOnDevices(`pocket equals diffusers: ${name}`, devices, async (device) => {
    const traced = new Map<string, Tensor>();
    await using pipe = await pipeline(recipeOf(settings), { device, onNotice: () => {} });
    const images: Image[] = await pipe.generate(settings.prompt, {
      seed: settings.seeds[0],
      ...(settings.guidance.kind === "none" ? {} : { negativePrompt: settings.negative_prompt }),
      images: settings.seeds.length,
      trace: (key: string, tensor: Tensor) => void traced.set(key, tensor),
      // deno-lint-ignore no-explicit-any
    } as any);
    const floats = (key: string) => (traced.get(key) as Tensor).data as Float32Array;
    assert.ok(maxAbs(floats("noise"), goldens.floats(name, "noise.0")) <= 2e-6);
    const embeds = goldens.floats(name, "prompt_embeds");
    assert.ok(relativeL2(floats("prompt_embeds").subarray(-embeds.length), embeds) <= 1e-4);
    let steps = 0;
    for (const key of Object.keys(tensors).filter((key) => key.startsWith("latents."))) {
      const i = Number(key.split(".")[1]);
      const error = relativeL2(floats(`step-${String(i).padStart(3, "0")}`), goldens.floats(name, key));
      assert.ok(error <= LATENTS[device], `step ${i}: ${error}`);
      steps++;
    }
    assert.equal(steps, settings.num_inference_steps);
    if (device === "webgpu") return;
    const expected = goldens.tensor(name, "png_u8").data as unknown as Uint8Array;
    const size = expected.length / images.length;
    for (const [i, image] of images.entries()) {
      const { rgb } = await pngPixels(await image.encodePng());
      assert.ok(maxAbs(rgb, expected.subarray(i * size, (i + 1) * size)) <= PIXELS);
    }
  });
}
