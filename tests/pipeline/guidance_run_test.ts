/** Guidance and noise in whole runs of the bundled model. */
import assert from "node:assert/strict";
import { DomainError } from "../../errors.ts";
import { TorchGenerator } from "../../ops/noise/torch_generator.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import { readImageMetadata } from "../../pipeline/image_metadata.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import type { RunOptions } from "../../pipeline/run_once.ts";
import {
  apg,
  cfg,
  cfgPlusPlus,
  cfgZeroStar,
  ddim,
  fdg,
  type Guidance,
  noGuidance,
  perpNeg,
  pocket,
  type Recipe,
  recipe,
  tcfg,
} from "../../recipes/recipes.ts";
import { maxAbs, relativeL2 } from "../helpers/goldens.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const PROMPT = "a cat left of a rocket on a blue background";
const base: Recipe = recipe({ model: pocket(), scheduler: ddim({ steps: 4 }) });

testOnDevices("every rule of guidance runs; off, it is no guidance", ["native"], async (device) => {
  await using pipe = await pipeline(base, { device, onNotice: () => {} });
  const latents = async (guidance: Guidance, options: RunOptions = {}) => {
    const traced = new Map<string, Tensor>();
    const trace = (name: string, tensor: Tensor) => void traced.set(name, tensor);
    await pipe.under(base.with({ guidance })).generate(PROMPT, { seed: 7, trace, ...options } as object);
    return (traced.get("latents") as Tensor).data as Float32Array;
  };
  const plain = await latents(noGuidance());
  const guided = await latents(cfg());
  assert.ok(relativeL2(guided, plain) > 0.01);
  assert.deepEqual(await latents(cfg({ interval: [0.99, 1] })), plain);
  assert.deepEqual(await latents(cfg({ interval: [0, 1] })), guided);
  assert.deepEqual(await latents(cfg({ schedule: { kind: "linear", from: 1, to: 1 } })), guided);
  // all of the push along the prediction, nothing cut, nothing remembered
  assert.ok(relativeL2(await latents(apg({ eta: 1, normThreshold: 0 })), guided) <= 1e-4);
  assert.ok(relativeL2(await latents(fdg({ scales: [3, 3] })), guided) <= 1e-4);
  const different: Guidance[] = [
    apg({ momentum: -0.5 }),
    cfgZeroStar(),
    tcfg(),
    fdg(),
    cfgPlusPlus(),
    cfg({ interval: { high: 5, low: 0.5 } }),
  ];
  for (const guidance of different) {
    const found = await latents(guidance);
    assert.ok(found.every(Number.isFinite) && relativeL2(found, guided) > 1e-3, guidance.kind);
  }
  // an empty negative prompt says nothing at right angles to the empty prompt
  assert.ok(relativeL2(await latents(perpNeg(), { negativePrompt: "" }), guided) <= 1e-4);
  assert.ok(relativeL2(await latents(perpNeg(), { negativePrompt: "a dog" }), guided) > 1e-3);
  await assert.rejects(latents(perpNeg()), { message: /negativePrompt must be given for guidance perp_neg/ });
});

testOnDevices(
  "noise comes from where the run is told, and the picture says so",
  ["native"],
  async (device) => {
    await using pipe = await pipeline(base, { device, onNotice: () => {} });
    const run = async (options: RunOptions & { images?: number } = {}) => {
      const traced = new Map<string, Tensor>();
      const trace = (name: string, tensor: Tensor) => void traced.set(name, tensor);
      const images = await pipe.generate(
        PROMPT,
        { seed: 7, images: 1, trace, ...options } as object & { images: number },
      );
      return { noise: (traced.get("noise") as Tensor).data as Float32Array, images };
    };
    const own = await run();
    assert.deepEqual(await run({ noise: "torch-cpu" }), own);
    assert.ok(!("noise" in own.images[0].metadata));

    const nvidia = await run({ noise: "torch-cuda" });
    assert.ok(relativeL2(nvidia.noise, own.noise) > 0.5);
    const read = await readImageMetadata(await nvidia.images[0].encodePng());
    assert.deepEqual(read.noise, { generator: "torch-cuda" });

    const half = await run({ noise: { generator: "torch-cpu", dtype: "float16" } });
    assert.ok(maxAbs(half.noise, own.noise) <= 2 ** -9 && relativeL2(half.noise, own.noise) > 0);

    const function_ = await run({
      noise: ({ seed, shape }) => new TorchGenerator(seed).randn(shape[0] * shape[1] * shape[2]),
    });
    assert.deepEqual(function_.images[0].data, own.images[0].data);
    assert.equal((await readImageMetadata(await function_.images[0].encodePng())).noise, "a function");

    const mixed = await run({ variation: { seed: 100, strength: 1 }, images: 2 });
    const other = await run({ seed: 100, images: 2 });
    assert.ok(relativeL2(mixed.noise, other.noise) <= 1e-6);
    assert.deepEqual(mixed.images.map(({ metadata }) => metadata.variation), [
      { seed: "100", strength: 1 },
      { seed: "101", strength: 1 },
    ]);
    await assert.rejects(run({ noise: () => new Float32Array(3) }), DomainError);
  },
);
