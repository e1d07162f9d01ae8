import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../errors.ts";
import { enlarge } from "../../pipeline/enlarge.ts";
import { pngPixels } from "../helpers/png_pixels.ts";

const RED = [255, 0, 0], GREEN = [0, 255, 0], BLUE = [0, 0, 255];
const wide = { width: 3, height: 1, data: Uint8Array.from([RED, GREEN, BLUE].flat()) };

Deno.test("enlarge: each pixel becomes a square", async () => {
  const large = enlarge(wide, 2);
  const row = [RED, RED, GREEN, GREEN, BLUE, BLUE].flat();
  assert.deepEqual([large.width, large.height, [...large.data]], [6, 2, [...row, ...row]]);
  const { width, height, rgb } = await pngPixels(await large.encodePng());
  assert.deepEqual([width, height, [...rgb]], [6, 2, [...large.data]]);
});

Deno.test("enlarge: pixel x, y comes from x / times, y / times, whatever the size", () => {
  const side = fc.integer({ min: 1, max: 5 });
  fc.assert(fc.property(side, side, side, fc.infiniteStream(fc.nat(255)), (width, height, times, bytes) => {
    const data = Uint8Array.from(bytes.take(width * height * 3));
    const large = enlarge({ width, height, data }, times);
    assert.deepEqual([large.width, large.height], [width * times, height * times]);
    for (let i = 0; i < large.data.length; i++) {
      const pixel = Math.floor(i / 3), x = pixel % large.width, y = Math.floor(pixel / large.width);
      const from = Math.floor(y / times) * width + Math.floor(x / times);
      assert.equal(large.data[i], data[from * 3 + i % 3]);
    }
  }));
});

Deno.test("enlarge: times is a whole number from 1", () => {
  for (const times of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(
      () => enlarge(wide, times),
      (error: Error) =>
        error instanceof DomainError && /times must be a whole number from 1/.test(error.message),
    );
  }
});
