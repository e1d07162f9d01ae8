/** Guidance within attention in whole runs. */
import assert from "node:assert/strict";
import { PlanError, RecipeError } from "../../errors.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import { explain } from "../../pipeline/explain.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import {
  cfg,
  ddim,
  nag,
  noGuidance,
  pag,
  parseRecipe,
  pladis,
  pocket,
  pocketTurbo,
  recipe,
  seg,
} from "../../recipes/recipes.ts";
import { fixture, loadGoldens, maxAbs, relativeL2 } from "../helpers/goldens.ts";
import { ALL_DEVICES, CPU_DEVICES, testOnDevices } from "../helpers/runtimes_under_test.ts";

const PROMPT = "a cat left of a rocket on a blue background";
const quiet = { onNotice: () => {} };

/** As in families_goldens_test.ts. */
const LATENTS = 1e-3, IMAGE = 1e-3;

testOnDevices("a run with PAG equals StableDiffusionPAGPipeline", CPU_DEVICES, async (device) => {
  const goldens = loadGoldens("attention_guidance"), { settings } = goldens.recipes.run_pag;
  const scene = parseRecipe({
    model: { kind: "stable-diffusion", source: fixture("sd15", "model") },
    scheduler: { kind: "ddim", steps: settings.num_inference_steps, config: settings.scheduler_config },
    guidance: {
      kind: "cfg",
      scale: settings.guidance_scale,
      perturbed: [{ kind: "pag", scale: settings.pag_scale }],
    },
    size: { width: settings.width, height: settings.height },
  });
  const traced = new Map<string, Tensor>();
  await using pipe = await pipeline(scene, { device, ...quiet });
  await pipe.generate(settings.prompt, {
    seed: settings.seed,
    negativePrompt: settings.negative_prompt,
    trace: (name, tensor) => void traced.set(name, tensor),
  });
  for (let i = 0; i < settings.num_inference_steps; i++) {
    const latents = traced.get(`step-${String(i).padStart(3, "0")}`)!.data as Float32Array;
    const error = relativeL2(latents, goldens.floats("run_pag", `latents.${i}`));
    assert.ok(error <= LATENTS, `step ${i}: relative L2 ${error}`);
  }
  const worst = maxAbs(traced.get("image")!.data as Float32Array, goldens.floats("run_pag", "image"));
  assert.ok(worst <= IMAGE, `image: ${worst}`);
});

testOnDevices(
  "PAG, SEG and NAG draw the same on every device, and give everything back",
  ALL_DEVICES,
  async (device) => {
    const before = liveCounts();
    const scheduler = ddim({ steps: 2 }), attention = pladis({ lambda: 0.5 });
    const scenes = [
      recipe({
        model: pocket(),
        scheduler,
        attention,
        guidance: cfg({ scale: 2, perturbed: [pag(), seg({ sigma: 1 })] }),
      }),
      recipe({ model: pocketTurbo(), attention, guidance: nag() }),
    ];
    for (const scene of scenes) {
      const run = async (name: typeof device) => {
        const traced = new Map<string, Tensor>();
        await using pipe = await pipeline(scene, { device: name, ...quiet });
        const trace = (key: string, tensor: Tensor) => void traced.set(key, tensor);
        await pipe.generate(PROMPT, { seed: 3, negativePrompt: "a dog", trace });
        return traced.get("latents")!.data as Float32Array;
      };
      const error = relativeL2(await run(device), await run("native"));
      assert.ok(error <= 1e-3, `${scene.guidance.kind}: relative L2 ${error}`);
    }
    assert.deepEqual(liveCounts(), before);
  },
);

testOnDevices(
  "what guidance within attention does depends on its scale alone where it may",
  ["native"],
  async (device) => {
    const drawn = async (guidance: ReturnType<typeof noGuidance> | ReturnType<typeof nag>) => {
      await using pipe = await pipeline(recipe({ model: pocketTurbo(), guidance }), { device, ...quiet });
      const negative = guidance.kind === "nag" ? { negativePrompt: "a cat" } : {};
      return (await pipe.generate(PROMPT, { seed: 3, ...negative as { negativePrompt: never } })).data;
    };
    const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
    const plain = await drawn(noGuidance());
    assert.ok(worst(plain, await drawn(noGuidance({ perturbed: [pag({ scale: 0 })] }))) <= 1);
    assert.ok(worst(plain, await drawn(nag({ alpha: 0 }))) <= 1);
    assert.ok(worst(plain, await drawn(nag({ scale: 1, alpha: 1, tau: 1 }))) <= 1);
    assert.ok(worst(plain, await drawn(nag({ scale: 11, alpha: 0.5 }))) > 10);
  },
);

testOnDevices(
  "explain counts the evaluations, and a site of another kind is an error",
  ["native"],
  async (device) => {
    const scene = recipe({
      model: pocket(),
      scheduler: ddim({ steps: 4 }),
      guidance: noGuidance({ perturbed: [pag({ interval: [0, 0.5] }), seg({ scale: 1 })] }),
    });
    await using pipe = await pipeline(scene, { device, ...quiet });
    assert.match(explain(pipe.plan), /PAG 3 at mid steps 0 to 50 %, SEG 1 mean at mid/);
    assert.equal(pipe.plan.guidance.total, 10);
    const id = "mid_block.attentions.0.transformer_blocks.0.attn2";
    await assert.rejects(
      pipeline(scene.with({ guidance: noGuidance({ perturbed: [pag({ sites: [id] })] }) }), {
        device,
        ...quiet,
      }),
      (error: Error) =>
        error instanceof PlanError && /cross-attention, and PAG is for self-attention/.test(error.message),
    );
    assert.throws(() => noGuidance({ perturbed: [pag(), pag({ scale: 1 })] }), RecipeError);
    assert.throws(() => recipe({ model: pocketTurbo(), guidance: cfg() as never }), /none or nag/);
  },
);
