import assert from "node:assert/strict";
import { roundedTo } from "../../../ops/noise/noise_dtype.ts";
import { TorchGenerator } from "../../../ops/noise/torch_generator.ts";
import { loadGoldens } from "../../helpers/goldens.ts";

/** Spacing of the largest numbers in a draw, 4 … 8. */
const LAST_PLACE = { float16: 2 ** -8, bfloat16: 2 ** -5 } as const;
const goldens = loadGoldens("noise_half");

/** Torch's own paths lie 1.7e-6 apart, which now and then moves a value over the edge to the next one. */
function checkHalf(found: Float32Array, wanted: Float32Array, dtype: keyof typeof LAST_PLACE): void {
  assert.equal(found.length, wanted.length);
  const different = found.filter((value, j) => value !== wanted[j]);
  assert.ok(different.length <= wanted.length / 100, `${different.length} of ${wanted.length}`);
  found.forEach((value, j) => assert.ok(Math.abs(value - wanted[j]) <= LAST_PLACE[dtype], `value ${j}`));
}

for (const [recipe, { settings, tensors }] of Object.entries(goldens.recipes)) {
  if (!("dtype" in settings)) continue;
  const { dtype, seed, sequence } = settings;

  Deno.test(`TorchGenerator draws torch's noise in half precision: ${recipe}`, () => {
    for (const name of Object.keys(tensors).filter((name) => name.startsWith("randn."))) {
      const size = Number(name.split(".")[1]);
      checkHalf(new TorchGenerator(seed).randn(size, dtype), goldens.floats(recipe, name), dtype);
    }
  });

  Deno.test(`TorchGenerator goes on where it was in half precision: ${recipe}`, () => {
    const generator = new TorchGenerator(seed);
    sequence.forEach((size: number, i: number) =>
      checkHalf(generator.randn(size, dtype), goldens.floats(recipe, `sequence.${i}`), dtype)
    );
  });
}

Deno.test("roundedTo rounds to the nearest, ties to even", () => {
  const ulp = 2 ** -7;
  const given = Float32Array.of(
    1,
    1 + 0.49 * ulp,
    1 + 0.5 * ulp,
    1 + 0.51 * ulp,
    1 + 1.5 * ulp,
    -1 - 0.75 * ulp,
  );
  assert.deepEqual(
    roundedTo("bfloat16", given),
    Float32Array.of(1, 1, 1, 1 + ulp, 1 + 2 * ulp, -1 - ulp),
  );
  assert.deepEqual(
    roundedTo("float16", Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11)),
    Float32Array.of(1, 1 + 2 ** -9),
  );
  assert.equal(roundedTo("float32", given), given);
});
