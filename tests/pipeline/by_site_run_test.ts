/** Different policies at different sites in whole runs with the bundled model. */
import assert from "node:assert/strict";
import { PlanError } from "../../errors.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import type { DeviceName } from "../../models/runtimes/runtime.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import { readRecipeFromPng } from "../../pipeline/image_metadata.ts";
import { readPngText } from "../../pipeline/png_text.ts";
import { type Pipeline, pipeline } from "../../pipeline/pipeline.ts";
import {
  bySite,
  cfg,
  ddim,
  dense,
  entmax,
  nag,
  noGuidance,
  pag,
  parseRecipe,
  pladis,
  pocket,
  pocketTurbo,
  type Recipe,
  recipe,
  seg,
  temperature,
} from "../../recipes/recipes.ts";
import { relativeL2 } from "../helpers/goldens.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const PROMPT = "a cat left of a rocket on a blue background";
const quiet = { onNotice: () => {} };
const fast = recipe({ model: pocket(), scheduler: ddim({ steps: 4 }), guidance: noGuidance() });
const mixed = bySite(
  pladis({ lambda: 2.5, sites: ["down"] }),
  pladis({ lambda: 1.2, alpha: 2, sites: ["up"], interval: [0, 0.5] }),
  temperature({ temperature: 0.9, sites: ["mid"] }),
);
/** One policy, and the same over a partition of all sites. */
const whole = pladis({ lambda: 0.8 });
const parted = bySite(
  pladis({ lambda: 0.8, sites: ["down"] }),
  pladis({ lambda: 0.8, sites: ["mid"] }),
  pladis({ lambda: 0.8, sites: ["up"] }),
);

/** The latents after each step. */
async function latentsOf(pipe: Pipeline, options: { readonly negativePrompt?: string } = {}) {
  const steps: Float32Array[] = [];
  const trace = (key: string, { data }: Tensor) => {
    if (key.startsWith("step-")) steps.push(Float32Array.from(data as Float32Array));
  };
  await pipe.generate(PROMPT, { seed: 5, trace, ...options });
  return steps;
}

async function drawn(scene: Recipe, device: DeviceName, options?: { readonly negativePrompt: string }) {
  await using pipe = await pipeline(scene, { device, ...quiet });
  return await latentsOf(pipe, options);
}

testOnDevices(
  "by site: strengths, intervals and schedules change with nothing compiled again; other graphs are refused",
  ["native"],
  async (device) => {
    const scene: Recipe = fast.with({ attention: mixed });
    const before = liveCounts();
    {
      await using pipe = await pipeline(scene, { device, ...quiet });
      const loaded = liveCounts();
      const changed = scene.with({
        attention: bySite(
          pladis({ lambda: 0, sites: ["down"], schedule: { kind: "cosine", from: 1, to: 0 } }),
          pladis({ lambda: 3, alpha: 2, sites: ["up"], interval: [0.5, 1] }),
          temperature({ temperature: 2, sites: ["mid"] }),
        ),
      });
      assert.ok(pipe.fits(scene) && pipe.fits(changed));
      const under = await latentsOf(pipe.under(changed));
      assert.deepEqual(liveCounts(), loaded);
      assert.deepEqual(under, await drawn(changed, device), "as if it had been compiled for it");
      const others = [
        bySite(
          pladis({ sites: ["down"] }),
          pladis({ sites: ["up"] }),
          temperature({ temperature: 1, sites: ["mid"] }),
        ),
        bySite(pladis({ sites: ["down"] }), pladis({ alpha: 2, sites: ["up"] })),
        bySite(
          pladis({ sites: ["up"] }),
          pladis({ alpha: 2, sites: ["down"] }),
          temperature({ temperature: 1, sites: ["mid"] }),
        ),
        bySite(
          pladis({ sites: ["down"] }),
          entmax({ alpha: 2, sites: ["up"] }),
          temperature({ temperature: 1, sites: ["mid"] }),
        ),
        pladis(),
        dense(),
      ];
      for (const attention of others) {
        assert.equal(pipe.fits(scene.with({ attention })), false);
        assert.throws(() => pipe.under(scene.with({ attention })), PlanError);
      }
    }
    assert.deepEqual(liveCounts(), before);
  },
);

testOnDevices("by site: each policy acts where and when it stands", ["native"], async (device) => {
  const scene: Recipe = fast.with({ attention: mixed });
  await using pipe = await pipeline(scene, { device, ...quiet });
  const under = (up: ReturnType<typeof pladis<"up">>, lambda = 2.5, degrees = 0.9) =>
    latentsOf(pipe.under(scene.with({
      attention: bySite(
        pladis({ lambda, sites: ["down"] }),
        up,
        temperature({ temperature: degrees, sites: ["mid"] }),
      ),
    })));
  const all = await latentsOf(pipe);
  const asDense = await drawn(fast, device);
  const weaker = await under(pladis({ lambda: 1, alpha: 2, sites: ["up"], interval: [0, 0.5] }));
  assert.notDeepEqual(weaker[0], all[0]);
  const late = await under(pladis({ lambda: 1.2, alpha: 2, sites: ["up"], interval: [0.5, 1] }));
  const never = await under(pladis({ lambda: 0, alpha: 2, sites: ["up"] }));
  assert.deepEqual(late.slice(0, 2), never.slice(0, 2));
  assert.notDeepEqual(late[2], never[2]);
  assert.notDeepEqual((await under(pladis({ lambda: 0, alpha: 2, sites: ["up"] }), 1))[0], never[0]);
  const none = await under(pladis({ lambda: 0, alpha: 2, sites: ["up"] }), 0, 1);
  assert.ok(relativeL2(none[3], asDense[3]) < 1e-3, "λ 0 and T 1 everywhere is softmax");
  assert.ok(relativeL2(all[3], asDense[3]) > 1e-2);
});

testOnDevices(
  "by site: the picture carries its recipe, and says which policies drew it",
  ["native"],
  async (device) => {
    const scene = fast.with({ attention: mixed });
    await using pipe = await pipeline(scene, { device, ...quiet });
    const png = await (await pipe.generate(PROMPT, { seed: 5 })).encodePng();
    const read = await readRecipeFromPng(png);
    assert.deepEqual(read, parseRecipe(JSON.stringify(scene)));
    assert.deepEqual(read.attention, mixed);
    assert.match(
      (await readPngText(png)).get("parameters") as string,
      /, Attention: "PLADIS, λ 2\.5, α 1\.5, at down; PLADIS, λ 1\.2, α 2, at up, steps 0 to 50 %; softmax, temperature 0\.9, at mid", Version/,
    );
  },
);

testOnDevices(
  "by site: kernels take any policies with nothing compiled again, and draw what nodes draw",
  ["webgpu"],
  async (device) => {
    const before = liveCounts();
    {
      const scene: Recipe = fast.with({ attention: mixed, scheduler: ddim({ steps: 2 }) });
      await using pipe = await pipeline(scene, { device, ...quiet });
      assert.equal(pipe.plan.attention.form, "kernel");
      const other = scene.with({
        attention: bySite(entmax({ sites: ["up"] }), pladis({ alpha: 2, sites: ["mid"] })),
      });
      assert.ok(pipe.fits(other) && pipe.fits(scene.with({ attention: dense() })));
      for (const each of [scene, other]) {
        const kernels = await latentsOf(pipe.under(each)), nodes = await drawn(each, "native");
        kernels.forEach((latents, i) => {
          const error = relativeL2(latents, nodes[i]);
          assert.ok(error <= 1e-3, `step ${i}: relative L2 ${error}`);
        });
      }
    }
    assert.deepEqual(liveCounts(), before);
  },
);

testOnDevices(
  "by site: equal policies over a partition draw what the one draws, guided within attention too",
  ["native"],
  async (device) => {
    const plain: Recipe = fast.with({ scheduler: ddim({ steps: 2 }) });
    const scenes: readonly Recipe[] = [
      plain,
      plain.with({ guidance: cfg({ scale: 2, perturbed: [pag(), seg({ sigma: 1 })] }) }),
      recipe({ model: pocketTurbo(), guidance: nag() }),
    ];
    for (const scene of scenes) {
      const negative = scene.guidance.kind === "none" ? undefined : { negativePrompt: "a dog" };
      const one = await drawn(scene.with({ attention: whole }), device, negative);
      assert.deepEqual(await drawn(scene.with({ attention: parted }), device, negative), one);
      const other = await drawn(scene.with({ attention: mixed }), device, negative);
      assert.notDeepEqual(other, one);
    }
  },
);

testOnDevices("by site: attention maps show each site's own weights", ["native"], async (device) => {
  const mapsOf = async (
    attention: typeof mixed | typeof whole,
    places: readonly ("down" | "mid" | "up")[],
  ) => {
    const scene: Recipe = fast.with({ attention, scheduler: ddim({ steps: 2 }) });
    await using pipe = await pipeline(scene, { device, attentionMaps: places, ...quiet });
    const { attentionMaps } = await pipe.generate(PROMPT, { seed: 5 });
    return attentionMaps!.words.map((_, word) => attentionMaps!.map(word));
  };
  const all = ["down", "mid", "up"] as const;
  assert.deepEqual(await mapsOf(parted, all), await mapsOf(whole, all));
  const lowest = (maps: readonly Float32Array[]) => Math.min(...maps.flatMap((map) => [...map]));
  const beyond = bySite(
    pladis({ lambda: 3, sites: ["up"] }),
    pladis({ lambda: 0, alpha: 2, sites: ["down"] }),
    temperature({ temperature: 0.9, sites: ["mid"] }),
  );
  assert.ok(lowest(await mapsOf(beyond, ["up"])) < 0, "beyond entmax some weights are negative");
  assert.ok(lowest(await mapsOf(beyond, ["down"])) >= 0);
  assert.ok(lowest(await mapsOf(beyond, ["mid"])) >= 0);
});
