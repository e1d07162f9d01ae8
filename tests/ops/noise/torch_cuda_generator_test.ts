import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { philox } from "../../../ops/noise/philox.ts";
import { TorchCudaGenerator } from "../../../ops/noise/torch_cuda_generator.ts";
import { maxAbs } from "../../helpers/goldens.ts";

/**
 * `torch.randn(3, 4, device="cuda")` with seed 0 as the documentation of AUTOMATIC1111's port gives it
 * (stable-diffusion-webui, modules/rng_philox.py). No GPU was at hand to record more.
 */
const PUBLISHED = [
  ...[-0.92466259, -0.42534415, -2.6438457, 0.14518388],
  ...[-0.12086647, -0.57972564, -0.62285122, -0.32838709],
  ...[-1.07454231, -0.36314407, -1.67105067, 2.26550497],
];

Deno.test("TorchCudaGenerator draws the published noise", () => {
  const error = maxAbs(new TorchCudaGenerator(0).randn(12), PUBLISHED);
  assert.ok(error <= 1e-6, `${error}`);
});

Deno.test("TorchCudaGenerator: value j of a small draw is thread j's own, whatever the size", () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n), fc.nat(700), fc.nat(700), (seed, a, b) => {
      const [small, large] = [Math.min(a, b), Math.max(a, b)];
      const found = new TorchCudaGenerator(seed).randn(large);
      assert.deepEqual(new TorchCudaGenerator(seed).randn(small), found.subarray(0, small));
      assert.ok(found.every(Number.isFinite));
    }),
    { seed: 7, numRuns: 30 },
  );
});

Deno.test("TorchCudaGenerator: a thread of a full GPU makes four values of a counter, then takes the next", () => {
  const gridThreads = 256, seed = 5;
  const size = 6 * gridThreads + 10;
  const generator = new TorchCudaGenerator(seed, { gridThreads });
  const drawn = generator.randn(size);
  for (const thread of [0, 3, 255]) {
    const value = (turn: number) => drawn[turn * gridThreads + thread];
    for (const [turn, counter, pair] of [[0, 0, 0], [2, 0, 2], [4, 1, 0]]) {
      const words = philox([counter, 0, thread, 0], [seed, 0]);
      const radius = -2 * Math.log((words[pair] + 0.5) / 2 ** 32);
      // sine and cosine of one angle
      assert.ok(Math.abs(value(turn) ** 2 + value(turn + 1) ** 2 - radius) <= 1e-5);
      const angle = Math.atan2(value(turn), value(turn + 1)) / (2 * Math.PI);
      assert.ok(Math.abs((angle + 1) % 1 - words[pair + 1] / 2 ** 32) <= 1e-6);
    }
  }
  // two counters of each thread are spent
  assert.ok(maxAbs(generator.randn(1), [Math.fround(firstNormal([2, 0, 0, 0], seed))]) <= 1e-6);
});

function firstNormal(counter: readonly [number, number, number, number], seed: number): number {
  const [a, b] = philox(counter, [seed, 0]);
  return Math.sqrt(-2 * Math.log((a + 0.5) / 2 ** 32)) * Math.sin(2 * Math.PI * (b + 0.5) / 2 ** 32);
}

Deno.test("TorchCudaGenerator: each draw goes on with the next counter", () => {
  const generator = new TorchCudaGenerator(3);
  const first = generator.randn(300), second = generator.randn(300);
  assert.notDeepEqual(first, second);
  assert.ok(Math.abs(second[7] - firstNormal([1, 0, 7, 0], 3)) <= 1e-6);
});

Deno.test("TorchCudaGenerator takes all 64 bits of the seed", () => {
  const draw = (seed: number | bigint) => new TorchCudaGenerator(seed).randn(20);
  assert.notDeepEqual(draw(2 ** 32 + 5), draw(5));
  assert.deepEqual(draw(-1), draw(2n ** 64n - 1n));
});

Deno.test("TorchCudaGenerator in half precision is float32's noise, rounded", () => {
  const draw = (dtype: "float32" | "float16") => new TorchCudaGenerator(9).randn(100, dtype);
  assert.deepEqual(draw("float16"), Float32Array.from(Float16Array.from(draw("float32"))));
});

Deno.test("TorchCudaGenerator draws standard normal noise", () => {
  const drawn = new TorchCudaGenerator(1).randn(20_000);
  const moment = (power: number) => drawn.reduce((sum, value) => sum + value ** power, 0) / drawn.length;
  [0, 1, 0, 3].forEach((wanted, j) => assert.ok(Math.abs(moment(j + 1) - wanted) < 0.1, `moment ${j + 1}`));
});

Deno.test("TorchCudaGenerator refuses what it cannot use", () => {
  assert.throws(() => new TorchCudaGenerator(0.5), { name: "DomainError", message: /the seed must be/ });
  assert.throws(() => new TorchCudaGenerator(0).randn(-1), {
    name: "DomainError",
    message: /the size must be/,
  });
  for (const gridThreads of [0, 100, NaN]) {
    const message = /gridThreads must be a multiple of 256/;
    assert.throws(() => new TorchCudaGenerator(0, { gridThreads }), { name: "DomainError", message });
  }
});
