/** Whose attention the maps are of, and of which steps: whole runs under every kind of guidance. */
import assert from "node:assert/strict";
import { DomainError } from "../../errors.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { decodeNpy } from "../../pipeline/npy.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import {
  autoGuidance,
  cfg,
  cfgZeroStar,
  ddim,
  type Guidance,
  heun,
  nag,
  noGuidance,
  pag,
  perpNeg,
  pocket,
  pocketTurbo,
  type Recipe,
  recipe,
  seg,
  slg,
} from "../../recipes/recipes.ts";
import { maxAbs } from "../helpers/goldens.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const PROMPTS = ["a cat left of a rocket on a blue background", "a red key above a dog"];
const quiet = { onNotice: () => {} };
const base: Recipe = recipe({ model: pocket(), scheduler: ddim({ steps: 3 }), guidance: noGuidance() });

type Sites = "all" | string[];

/** The maps of a run's first step, all words' of each of two pictures: later steps begin from other latents. */
async function firstMaps(scene: Recipe, options: object = {}, sites: Sites = "all", prompts = PROMPTS) {
  await using pipe = await pipeline(scene, { device: "native", attentionMaps: sites as "all", ...quiet });
  const images = await pipe.generate(prompts, { seed: 7, ...options } as object);
  return images.map(({ attentionMaps: maps }) => {
    const { shape: [, words, height, width], data } = decodeNpy(maps!.toNpy());
    return Float32Array.from(data as Float32Array).subarray(0, words * height * width);
  });
}

const apart = (a: Float32Array[], b: Float32Array[]) => Math.max(...a.map((maps, i) => maxAbs(maps, b[i])));

testOnDevices(
  "attention maps are of the prompt's own branch, whatever guidance adds to it",
  ["native"],
  async () => {
    const before = liveCounts();
    const plain = await firstMaps(base);
    assert.ok(
      apart(plain, await firstMaps(base, {}, "all", [PROMPTS[0].replace("cat", "dog"), "a a a a a a"])) >
        0.01,
    );
    const rules: [Guidance, object?][] = [
      [cfg(), { negativePrompt: "a dog above a tree on a red background" }],
      [cfg({ perturbed: [pag()] })],
      [noGuidance({ perturbed: [pag({ scale: 9 })] })],
      [cfg({ perturbed: [seg({ sigma: 1 })] })],
      [cfg({ perturbed: [slg()] })],
      [cfg({ perturbed: [pag(), seg(), slg()] }), { negativePrompt: "a tree" }],
      [perpNeg(), { negativePrompt: "a tree" }],
      [autoGuidance({ weak: pocket() })],
      [autoGuidance({ weak: pocket(), perturbed: [pag()] })],
    ];
    for (const [guidance, options] of rules) {
      const off = apart(await firstMaps(base.with({ guidance }), options), plain);
      assert.ok(off <= 1e-5, `${JSON.stringify(guidance)}: ${off}`);
    }
    assert.deepEqual(liveCounts(), before);
  },
);

testOnDevices(
  "attention maps under NAG are of the prompt, and not of what it is pushed from",
  ["native"],
  async () => {
    const turbo: Recipe = recipe({ model: pocketTurbo() });
    const nagged = (options: Parameters<typeof nag>[0]) =>
      turbo.with({ guidance: nag(options) } as object) as Recipe;
    const negative = { negativePrompt: "a tree" };
    const plain = await firstMaps(turbo);
    assert.ok(apart(await firstMaps(nagged({ alpha: 0 }), negative), plain) <= 1e-5);
    // the first site sees what it sees without NAG; those behind it see what NAG made of its result
    const [site] = await sitesOf(turbo), strong = nagged({ scale: 11, alpha: 0.5 });
    const first = await firstMaps(turbo, {}, [site]);
    assert.ok(apart(await firstMaps(strong, negative, [site]), first) <= 1e-5);
    assert.ok(apart(await firstMaps(strong, negative), plain) > 1e-3);
    // a map of the negative prompt would be this one
    const other = await firstMaps(turbo, {}, [site], PROMPTS.map(() => negative.negativePrompt));
    assert.ok(maxAbs(first[0].subarray(0, 256), other[0].subarray(0, 256)) > 1e-3);
  },
);

async function sitesOf(scene: Recipe): Promise<string[]> {
  await using pipe = await pipeline(scene, { device: "native", attentionMaps: "all", ...quiet });
  return pipe.plan.attention.taps.map(({ id }) => id);
}

testOnDevices("attention maps: steps without the denoiser have none, and the others keep their numbers", [
  "native",
], async (device) => {
  await using pipe = await pipeline(base, { device, attentionMaps: "all", ...quiet });
  const run = async (guidance: Guidance, options: object = {}) => {
    const image = await pipe.under(base.with({ guidance })).generate(
      PROMPTS[0],
      { seed: 7, ...options } as object,
    );
    return image.attentionMaps!;
  };
  const one = await run(cfgZeroStar({ zeroSteps: 1 }));
  assert.deepEqual([one.steps, one.recorded], [3, [1, 2]]);
  assert.deepEqual(decodeNpy(one.toNpy()).shape, [2, 10, 16, 16]);
  assert.throws(() => one.map("cat", 0), /the step must be one of those recorded, 1, 2, got 0/);
  assert.deepEqual(
    one.map("cat"),
    one.map("cat", 1).map((x, place) => (x + one.map("cat", 2)[place]) / 2),
  );
  // a picture of noise, which nothing attended to
  const none = await run(cfgZeroStar({ zeroSteps: 9 }));
  assert.deepEqual([none.steps, none.recorded, none.words.length], [3, [], 10]);
  assert.throws(
    () => none.map("cat"),
    (error) => error instanceof DomainError && /"none of 3"/.test(error.message),
  );
  for (const guidance of [cfg({ interval: [0.99, 1] }), cfg({ interval: [0.5, 1] }), cfg({ scale: 1 })]) {
    assert.deepEqual((await run(guidance)).recorded, [0, 1, 2], JSON.stringify(guidance));
  }
  // Heun asks twice a step; each is told as a step
  const heuns = base.with({ scheduler: heun({ steps: 3 }) });
  const steps: number[] = [];
  const image = await pipe.under(heuns).generate(PROMPTS[0], {
    onStep: (event) => void steps.push(event.steps),
  });
  assert.deepEqual(image.attentionMaps!.recorded, [...steps.keys()]);
  assert.equal(image.attentionMaps!.steps, steps[0]);
});

testOnDevices("attention maps of a run that starts from a picture are of the steps that it takes", [
  "native",
], async (device) => {
  await using pipe = await pipeline(base, { device, attentionMaps: "all", ...quiet });
  const image = await pipe.generate(PROMPTS[0], { seed: 7 });
  const { attentionMaps: maps } = await pipe.generate(PROMPTS[1], { seed: 3, image, strength: 0.7 });
  assert.deepEqual([maps!.steps, maps!.recorded], [2, [0, 1]]);
  assert.equal(maps!.map("key", 1).length, 256);
  await assert.rejects(
    pipe.generate(PROMPTS[1], { image, strength: 0.1 }),
    (error: Error) =>
      error instanceof DomainError && /strength must be at least 1\/3 with 3 steps/.test(error.message),
  );
  // zero steps are those of the schedule: a start from a picture is past them
  const zero = pipe.under(base.with({ guidance: cfgZeroStar({ zeroSteps: 1 }) }));
  assert.deepEqual((await zero.generate(PROMPTS[1], { image, strength: 0.7 })).attentionMaps!.recorded, [
    0,
    1,
  ]);
});

testOnDevices("attention maps: a run that is stopped gives everything back, and the next one its own maps", [
  "native",
  "wasm",
], async (device) => {
  const before = liveCounts();
  {
    await using pipe = await pipeline(base, { device, attentionMaps: "all", ...quiet });
    const loaded = liveCounts();
    const whole = (await pipe.generate(PROMPTS[0], { seed: 7 })).attentionMaps!;
    const stop = new AbortController(), reason = new Error("enough");
    const stopped = pipe.generate(PROMPTS, {
      seed: 7,
      signal: stop.signal,
      onStep: ({ step }) => step === 2 ? stop.abort(reason) : undefined,
    });
    await assert.rejects(stopped, reason);
    assert.deepEqual(liveCounts(), loaded);
    const again = (await pipe.generate(PROMPTS[0], { seed: 7 })).attentionMaps!;
    assert.deepEqual(again.toNpy(), whole.toNpy());
  }
  assert.deepEqual(liveCounts(), before);
});
