import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { unitPixels } from "../../evaluation/picture_pixels.ts";
import { enlarge } from "../../pipeline/enlarge.ts";
import { maxAbs } from "../helpers/goldens.ts";
import { picturesOf } from "./evaluation_fixtures.ts";

const [picture] = await picturesOf("drawn.png");

Deno.test("picture pixels: 64x64 is taken as it is", () => {
  assert.deepEqual(unitPixels(picture), Float32Array.from(picture.data, (value) => value / 255));
});

Deno.test("picture pixels: an enlarged picture comes back", () => {
  for (const times of [2, 3, 8]) {
    assert.ok(maxAbs(unitPixels(enlarge(picture, times)), unitPixels(picture)) < 1e-6, `${times}`);
  }
});

Deno.test("picture pixels: whatever the size, each channel's mean stays and nothing leaves its range", () => {
  const side = fc.integer({ min: 1, max: 150 });
  fc.assert(
    fc.property(side, side, fc.infiniteStream(fc.nat(255)), (width, height, bytes) => {
      const data = Uint8Array.from(bytes.take(width * height * 3));
      const pixels = unitPixels({ width, height, data });
      for (let channel = 0; channel < 3; channel++) {
        const mean = (values: ArrayLike<number>, of: number) =>
          Array.from(values).reduce((sum, value, i) => i % 3 === channel ? sum + value : sum, 0) / of;
        assert.ok(Math.abs(mean(pixels, 64 * 64) - mean(data, width * height * 255)) < 1e-5);
      }
      assert.ok(pixels.every((value) => value >= 0 && value <= 1 + 1e-6));
    }),
    { numRuns: 25 },
  );
});

Deno.test("picture pixels: each pixel is the mean of its area", () => {
  // 96 pixels for 64: pixel 0 covers the first and half of the second.
  const data = new Uint8Array(96 * 64 * 3);
  for (let y = 0; y < 64; y++) data.fill(255, (y * 96 + 1) * 3, (y * 96 + 2) * 3);
  const [first, second] = [
    unitPixels({ width: 96, height: 64, data })[0],
    unitPixels({ width: 96, height: 64, data })[3],
  ];
  assert.ok(Math.abs(first - 1 / 3) < 1e-6 && Math.abs(second - 1 / 3) < 1e-6, `${first}, ${second}`);
});
