import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { TorchGenerator } from "../../../ops/noise/torch_generator.ts";
import { loadGoldens, maxAbs } from "../../helpers/goldens.ts";

/** Torch's own AVX2 and scalar paths lie 1.7e-6 apart. */
const TOLERANCE = 2e-6;
const goldens = loadGoldens("noise");

/** The part of a draw that a golden named `randn.SIZE.firstN` or `.lastN` holds. */
function partOf(drawn: Float32Array, part: string | undefined): Float32Array {
  if (!part) return drawn;
  const count = Math.min(Number(part.replace(/\D+/, "")), drawn.length);
  return part.startsWith("first") ? drawn.subarray(0, count) : drawn.subarray(drawn.length - count);
}

for (const [recipe, { settings, tensors }] of Object.entries(goldens.recipes)) {
  const seed = BigInt(settings.seed);

  Deno.test(`TorchGenerator draws torch's noise: ${recipe}`, () => {
    const names = Object.keys(tensors).filter((name) => name.startsWith("randn."));
    assert.ok(names.length > 0);
    for (const name of names) {
      const [, size, part] = name.split(".");
      const error = maxAbs(
        partOf(new TorchGenerator(seed).randn(Number(size)), part),
        goldens.floats(recipe, name),
      );
      assert.ok(error <= TOLERANCE, `${name}: ${error}`);
    }
  });

  if (!settings.sequence) continue;
  Deno.test(`TorchGenerator goes on where it was, the cached normal included: ${recipe}`, () => {
    const generator = new TorchGenerator(seed);
    settings.sequence.forEach((size: number, i: number) => {
      const error = maxAbs(generator.randn(size), goldens.floats(recipe, `f32_seq.${i}`));
      assert.ok(error <= TOLERANCE, `draw ${i} of ${size}: ${error}`);
    });
  });
}

Deno.test("TorchGenerator takes the seed modulo 2^32, and -1 as 2^64 - 1", () => {
  const draw = (seed: number | bigint) => new TorchGenerator(seed).randn(20);
  assert.deepEqual(draw(2 ** 32 + 5), draw(5));
  assert.deepEqual(draw(-1), draw(2n ** 64n - 1n));
  assert.deepEqual(draw(-1), draw(4294967295));
  assert.deepEqual(draw(7n), draw(7));
  const { seed_minus_1_first4 } = goldens.meta;
  const drawn = new TorchGenerator(-1).randn(4);
  assert.ok(maxAbs(drawn, seed_minus_1_first4) <= TOLERANCE);
});

Deno.test("TorchGenerator: the same seed and sizes give the same noise, of finite values", () => {
  fc.assert(
    fc.property(
      fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n),
      fc.array(fc.nat(70), { maxLength: 6 }),
      (seed, sizes) => {
        const first = new TorchGenerator(seed), second = new TorchGenerator(seed);
        for (const size of sizes) {
          const noise = first.randn(size);
          assert.equal(noise.length, size);
          assert.ok(noise.every(Number.isFinite));
          assert.deepEqual(noise, second.randn(size));
        }
      },
    ),
    { numRuns: 50, seed: 7 },
  );
});

Deno.test("TorchGenerator refuses what torch refuses, and seeds that a number cannot hold", () => {
  for (const seed of [0.5, NaN, Infinity, 2 ** 53, 2n ** 64n, -(2n ** 63n) - 1n]) {
    assert.throws(() => new TorchGenerator(seed), {
      name: "DomainError",
      message: /the seed must be a whole number/,
    });
  }
  for (const size of [-1, 1.5, NaN]) {
    assert.throws(() => new TorchGenerator(0).randn(size), {
      name: "DomainError",
      message: /the size must be/,
    });
  }
});
