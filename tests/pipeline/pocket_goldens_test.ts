/** The bundled model against the real diffusers on the same weights: the steps, the final latents, the PNG. */
import assert from "node:assert/strict";
import type { DeviceName } from "../../models/runtimes/runtime.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import type { GenerateOptions, Pipeline } from "../../pipeline/pipeline.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import { parseRecipe, type Recipe } from "../../recipes/recipes.ts";
import { loadGoldens, maxAbs, relativeL2 } from "../helpers/goldens.ts";
import { pngPixels } from "../helpers/png_pixels.ts";
import { ALL_DEVICES, testOnDevices } from "../helpers/runtimes_under_test.ts";

const goldens = loadGoldens("pocket");

/** Relative L2 of the latents. WebGPU's GroupNorm alone is off by 2e-5 a call. */
const LATENTS: Record<DeviceName, number> = { wasm: 1e-3, native: 1e-3, webgpu: 5e-3 };

/** torch's own two paths differ by this much. */
const NOISE = 2e-6;

/** Levels of 255 by which a pixel may differ. */
const PIXELS = 2;

/** On a software adapter a step takes a second or more: this cross-section there, everything on the CPU. */
const ON_WEBGPU = new Set([
  "ddim_dense_cfg",
  "ddim_pladis_l2_a1.5_cfg",
  "euler_pladis_l1.5_a2_none",
  "dpmpp_2m_pladis_l2_a1.25_none",
  "euler_entmax_a1.5_none",
]);

// deno-lint-ignore no-explicit-any
function recipeOf(settings: any): Recipe {
  const { attention, guidance, solver, num_inference_steps: steps, clip_skip: clipSkip } = settings;
  const sigmas = settings.scheduler_options?.use_karras_sigmas ? { sigmas: "karras" } : {};
  return parseRecipe({
    model: { kind: "pocket" },
    textEncoder: { clipSkip },
    scheduler: { kind: solver, steps, ...sigmas },
    attention,
    guidance,
  });
}

/** What is compiled into graphs: recipes that agree in it share their sessions. */
function compiledPart({ attention, textEncoder }: Recipe): string {
  return `${attention.kind}${
    "alpha" in attention ? ` α ${attention.alpha}` : ""
  }, clipSkip ${textEncoder.clipSkip}`;
}

async function compare(pipe: Pipeline, name: string, device: DeviceName): Promise<void> {
  const { settings, tensors } = goldens.recipes[name];
  const traced = new Map<string, Tensor>();
  const guided = settings.guidance.kind !== "none";
  const options: GenerateOptions & { images: number } = {
    seed: settings.seeds[0],
    ...(guided ? { negativePrompt: settings.negative_prompt } : {}),
    images: settings.seeds.length,
    trace: (key, tensor) => void traced.set(key, tensor),
  };
  const images = await pipe.generate(settings.prompt, options);
  const floats = (key: string) => (traced.get(key) as Tensor).data as Float32Array;
  assert.ok(maxAbs(floats("noise"), goldens.floats(name, "noise.0")) <= NOISE);
  const embeds = goldens.floats(name, "prompt_embeds");
  assert.ok(relativeL2(floats("prompt_embeds").subarray(-embeds.length), embeds) <= LATENTS[device] / 10);
  const kept = Object.keys(tensors).filter((key) => key.startsWith("latents.")).map((key) =>
    Number(key.split(".")[1])
  );
  assert.ok(kept.includes(settings.num_inference_steps - 1), "the final latents are among the goldens");
  for (const i of kept) {
    const error = relativeL2(
      floats(`step-${String(i).padStart(3, "0")}`),
      goldens.floats(name, `latents.${i}`),
    );
    assert.ok(error <= LATENTS[device], `${name}, step ${i}: relative L2 ${error}`);
  }
  if (device === "webgpu") return;
  const expected = goldens.bytes(name, "png_u8");
  const size = expected.length / images.length;
  for (const [i, image] of images.entries()) {
    const { rgb } = await pngPixels(await image.encodePng());
    const error = maxAbs(rgb, expected.subarray(i * size, (i + 1) * size));
    assert.ok(error <= PIXELS, `${name}, image ${i}: ${error} of 255`);
  }
}

const groups = Map.groupBy(
  Object.keys(goldens.recipes),
  (name) => compiledPart(recipeOf(goldens.recipes[name].settings)),
);

for (const [part, names] of groups) {
  testOnDevices(`pocket equals diffusers: ${part}: ${names.length} recipes`, ALL_DEVICES, async (device) => {
    const wanted = names.filter((name) => device !== "webgpu" || ON_WEBGPU.has(name));
    if (wanted.length === 0) return;
    await using pipe = await pipeline(recipeOf(goldens.recipes[wanted[0]].settings), {
      device,
      onNotice: () => {},
    });
    for (const name of wanted) {
      await compare(pipe.under(recipeOf(goldens.recipes[name].settings)), name, device);
    }
  });
}

Deno.test("the goldens cover attention × guidance × solver", () => {
  assert.equal(groups.size, 6);
  assert.ok([...ON_WEBGPU].every((name) => name in goldens.recipes));
  assert.ok(Object.keys(goldens.recipes).length >= 30);
});
