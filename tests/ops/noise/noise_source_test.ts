import assert from "node:assert/strict";
import type { NoiseDraw, NoiseOption, Variation } from "../../../ops/noise/noise_option.ts";
import { noiseSource } from "../../../ops/noise/noise_source.ts";
import { TorchCudaGenerator } from "../../../ops/noise/torch_cuda_generator.ts";
import { TorchGenerator } from "../../../ops/noise/torch_generator.ts";
import { variationNoise } from "../../../ops/noise/variation_noise.ts";

const SHAPE = [2, 4, 3] as const, SIZE = 24;
const RUN = { seeds: [5n, 9n], shape: SHAPE, solver: "ddim", sigmas: [Infinity, 3, 1, 0] } as const;

/** The noise of each image of one draw. */
function imagesOf(batch: Float32Array): Float32Array[] {
  return RUN.seeds.map((_, b) => batch.slice(b * SIZE, (b + 1) * SIZE));
}

Deno.test("noiseSource draws each image's noise from its own seed, as a stream", () => {
  for (
    const [option, Generator] of [["torch-cpu", TorchGenerator], ["torch-cuda", TorchCudaGenerator]] as const
  ) {
    const draw = noiseSource(option, RUN), generators = RUN.seeds.map((seed) => new Generator(seed));
    for (let turn = 0; turn < 3; turn++) {
      assert.deepEqual(imagesOf(draw()), generators.map((generator) => generator.randn(SIZE)));
    }
  }
});

Deno.test("noiseSource draws in the precision asked for", () => {
  const draw = noiseSource({ generator: "torch-cpu", dtype: "bfloat16" }, RUN);
  assert.deepEqual(imagesOf(draw())[0], new TorchGenerator(5).randn(SIZE, "bfloat16"));
});

Deno.test("noiseSource mixes the first draw alone with a variation's", () => {
  const variation: Variation = { seed: 70, strength: 0.3 };
  const draw = noiseSource("torch-cpu", RUN, variation), plain = noiseSource("torch-cpu", RUN);
  const own = imagesOf(plain());
  assert.deepEqual(
    imagesOf(draw()),
    own.map((noise, b) => variationNoise(noise, new TorchGenerator(70 + b).randn(SIZE), 0.3, SHAPE)),
  );
  assert.deepEqual(draw(), plain());
});

Deno.test("noiseSource mixes all the draws that a run begins with", () => {
  const other = { ...RUN, seeds: [70n, 71n], beginnings: 2 }, run = { ...RUN, beginnings: 2 };
  const plain = noiseSource("torch-cpu", run), unmixed = noiseSource("torch-cpu", other);
  const draw = noiseSource("torch-cpu", run, { seed: 70, strength: 0.3 });
  for (let turn = 0; turn < 2; turn++) {
    const theirs = imagesOf(unmixed());
    const mixed = imagesOf(plain()).map((noise, b) => variationNoise(noise, theirs[b], 0.3, SHAPE));
    assert.deepEqual(imagesOf(draw()), mixed);
  }
  assert.deepEqual(draw(), plain());
});

Deno.test("noiseSource asks a function for each image and draw", () => {
  const asked: NoiseDraw[] = [];
  const draw = noiseSource((wanted) => {
    asked.push(wanted);
    return new Float32Array(SIZE).fill(wanted.image);
  }, RUN);
  assert.deepEqual(imagesOf(draw()).map(([first]) => first), [0, 1]);
  draw({ from: 3, to: 1 });
  assert.deepEqual(asked, [
    { seed: 5n, image: 0, draw: 0, shape: SHAPE },
    { seed: 9n, image: 1, draw: 0, shape: SHAPE },
    { seed: 5n, image: 0, draw: 1, shape: SHAPE, interval: { from: 3, to: 1 } },
    { seed: 9n, image: 1, draw: 1, shape: SHAPE, interval: { from: 3, to: 1 } },
  ]);
});

Deno.test("noiseSource takes a Brownian path where the solver or the caller wants one", () => {
  const interval = { from: 3, to: 1 };
  const twice = (option: NoiseOption, solver: string) => {
    const draw = noiseSource(option, { ...RUN, solver });
    draw();
    return [draw(interval), draw(interval)];
  };
  const [first, second] = twice("torch-cpu", "dpmpp_sde");
  assert.deepEqual(first, second, "a path is where it is");
  assert.deepEqual(twice({ generator: "torch-cpu", brownian: true }, "dpmpp_2m_sde"), [first, second]);
  const [one, next] = twice({ generator: "torch-cpu", brownian: false }, "dpmpp_sde");
  assert.notDeepEqual(one, next, "a stream goes on");
  assert.deepEqual(twice("torch-cpu", "euler_ancestral"), [one, next]);
});

Deno.test("noiseSource says what is wrong", () => {
  const refuses = (option: unknown, message: RegExp, variation?: Variation) =>
    assert.throws(() => noiseSource(option as NoiseOption, RUN, variation)(), {
      name: "DomainError",
      message,
    });
  refuses(
    "philox",
    /noise must be one of torch-cpu, torch-cuda, settings with a generator, or a function, got "philox"/,
  );
  refuses({ generator: "x" }, /noise must be/);
  refuses(
    { generator: "torch-cpu", gridThreads: 256 },
    /noise.gridThreads must be absent for torch-cpu, got 256/,
  );
  refuses("torch-cpu", /variation.strength must be a number from 0 to 1, got 2/, { seed: 1, strength: 2 });
  refuses("torch-cpu", /the seed must be a whole number/, { seed: 2n ** 64n, strength: 1 });
  for (const wrong of [new Float32Array(3), new Float32Array(SIZE).fill(NaN), Array(SIZE).fill(0)]) {
    refuses(() => wrong, /what the noise function gives must be a Float32Array of 24 finite numbers/);
  }
});
