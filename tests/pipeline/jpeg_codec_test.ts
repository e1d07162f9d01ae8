/** JPEG files to start from, against what Pillow reads of them. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ImageError } from "../../errors.ts";
import { openSourceImage } from "../../pipeline/source_image.ts";
import { loadGoldens } from "../helpers/goldens.ts";

const goldens = loadGoldens("jpegs");

/**
 * JPEG leaves the rounding of its transforms to the decoder: a level or two. Chroma at half size is enlarged by
 * repeating here, and smoothly in Pillow's libjpeg, which differs where colours change.
 */
const MOST: Record<string, { worst: number; mean: number }> = {
  read_420: { worst: 16, mean: 2 },
  otherwise: { worst: 4, mean: 1 },
};

/** Planes of −1 to 1 as bytes, pixel by pixel. */
function bytesOf(planes: Float32Array): number[] {
  const plane = planes.length / 3;
  return Array.from(
    planes,
    (_, i) => Math.round((planes[(i % 3) * plane + Math.floor(i / 3)] + 1) / 2 * 255),
  );
}

for (const name of Object.keys(goldens.recipes)) {
  Deno.test(`JPEG: ${name.replaceAll("_", " ")}: as Pillow reads it, upright`, async () => {
    const opened = await openSourceImage(goldens.bytes(name, "jpeg"));
    const [height, width] = goldens.tensor(name, "rgb").shape;
    assert.deepEqual([opened.width, opened.height], [width, height]);
    const found = bytesOf(opened.at({ width, height }).data), wanted = goldens.bytes(name, "rgb");
    const off = found.map((x, i) => Math.abs(x - wanted[i]));
    const { worst, mean } = MOST[name] ?? MOST.otherwise;
    assert.ok(Math.max(...off) <= worst, `off by up to ${Math.max(...off)}`);
    const average = off.reduce((a, b) => a + b) / off.length;
    assert.ok(average <= mean, `off by ${average} on average`);
  });
}

Deno.test("JPEG: a damaged file is an ImageError, never another exception", async () => {
  const whole = goldens.bytes("read_orientation_6", "jpeg");
  const refusal = (error: unknown) => {
    assert.ok(error instanceof ImageError, String(error));
    assert.match(error.message, /^Cannot start from the image: image must be /);
  };
  await assert.rejects(openSourceImage(whole.slice(0, 3)), ImageError);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
      const cut = whole.slice(0, at), spoilt = Uint8Array.from(whole);
      spoilt[at] = byte;
      for (const bytes of [cut, spoilt]) await openSourceImage(bytes).then(() => {}, refusal);
    }),
    { numRuns: 200, seed: 1 },
  );
});

Deno.test("JPEG: one that is too large is refused before it is decoded", async () => {
  const large = Uint8Array.from(goldens.bytes("read_444", "jpeg"));
  const frame = large.findIndex((byte, i) => byte === 0xff && large[i + 1] === 0xc0);
  large.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  await assert.rejects(openSourceImage(large), /at most 8192 pixels wide and high, got "65535 × 65535"/);
});
