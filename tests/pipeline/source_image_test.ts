/** Pictures to start from: what is read, and what is refused. */
import assert from "node:assert/strict";
import { ImageError } from "../../errors.ts";
import { floatTensor } from "../../models/runtimes/tensor.ts";
import { encodePixels } from "../../pipeline/png_codec.ts";
import { openSourceImage, type SourceImage } from "../../pipeline/source_image.ts";
import { loadGoldens, maxAbs } from "../helpers/goldens.ts";

const goldens = loadGoldens("pillow");
const named = (start: string) => Object.keys(goldens.recipes).filter((name) => name.startsWith(start));

/** The bytes that planes of −1 to 1 stand for. */
function bytesOf(planes: Float32Array): number[] {
  const plane = planes.length / 3;
  return Array.from(
    planes,
    (_, i) => Math.round((planes[(i % 3) * plane + Math.floor(i / 3)] + 1) / 2 * 255),
  );
}

for (const name of named("read_")) {
  Deno.test(`${name.replaceAll("_", " ")}: as Pillow's convert("RGB"), alpha dropped`, async () => {
    const opened = await openSourceImage(goldens.bytes(name, "png"));
    const [height, width] = goldens.tensor(name, "rgb").shape;
    assert.deepEqual([opened.width, opened.height], [width, height]);
    const { shape, data } = opened.at({ width, height });
    assert.deepEqual(shape, [1, 3, height, width]);
    assert.deepEqual(bytesOf(data), Array.from(goldens.bytes(name, "rgb")));
  });
}

for (const name of named("refuse_")) {
  Deno.test(`${name.replaceAll("_", " ")}: an error that says what it is`, async () => {
    await assert.rejects(openSourceImage(goldens.bytes(name, "png")), {
      name: "ImageError",
      message:
        /image must be a PNG of 8 or 16 bits a channel, not interlaced, got "(1 bit|4 bits) a channel"/,
    });
  });
}

const pixels = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => i * 10) };

Deno.test("pixels, the PNG of them, and a tensor of their values are one picture", async () => {
  const tensor = floatTensor(
    [3, 2, 4],
    Float32Array.from({ length: 24 }, (_, i) => pixels.data[(i % 8) * 3 + Math.floor(i / 8)] / 255),
  );
  const opened = await Promise.all([pixels, await encodePixels(pixels), tensor].map(openSourceImage));
  const [first, ...others] = opened.map((each) => each.at(pixels).data);
  for (const other of others) assert.ok(maxAbs(other, first) <= 1e-7);
  assert.ok(Math.min(...first) === -1 && Math.max(...first) <= 1);
  const hashes = new Set(opened.map(({ sha256 }) => sha256));
  assert.equal(hashes.size, 3, "each is hashed as it was given");
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", pixels.data)).toHex();
  assert.ok(hashes.has(sha256));
});

Deno.test("pixels are resized, a tensor is not", async () => {
  const size = { width: 16, height: 16 };
  assert.deepEqual((await openSourceImage(pixels)).at(size).shape, [1, 3, 16, 16]);
  const tensor = await openSourceImage(floatTensor([1, 3, 2, 4], new Float32Array(24)));
  assert.throws(
    () => tensor.at(size),
    /image must be a tensor of the run's size, 16 × 16 pixels, got "4 × 2". Give pixels/,
  );
});

Deno.test("what is no picture is an error", async () => {
  const png = await encodePixels(pixels);
  const damaged = png.slice();
  damaged[45] ^= 1;
  const interlaced = png.slice();
  const cases: [SourceImage, RegExp][] = [
    [
      new TextEncoder().encode("GIF89a"),
      /must be a PNG file, by its first 8 bytes.*PNG and JPEG are the formats/,
    ],
    [new Uint8Array(), /must be a PNG file/],
    [png.subarray(0, 40), /must be whole, but it is cut off after 40 bytes/],
    [damaged, /must be undamaged, but the checksum/],
    [{ ...pixels, width: 5 }, /must be 8-bit RGB/],
    [floatTensor([1, 1, 2, 4], new Float32Array(8)), /must be a float32 tensor \[3, H, W\]/],
    [floatTensor([3, 1, 1], Float32Array.of(0, 1, 1.5)), /must be a tensor of numbers from 0 to 1, got 1.5/],
    [floatTensor([3, 1, 1], Float32Array.of(0, NaN, 1)), /from 0 to 1, got NaN/],
    [
      floatTensor([3, 1, 8193], new Float32Array(3 * 8193)),
      /at most 8192 pixels wide and high, got "8193 × 1"/,
    ],
    ["photo.png" as unknown as SourceImage, /must be the bytes of a PNG or JPEG file, pixels, or a tensor/],
  ];
  for (const [image, message] of cases) {
    await assert.rejects(openSourceImage(image), (error: Error) => {
      assert.ok(error instanceof ImageError, `${error.stack}`);
      assert.match(error.message, message);
      return true;
    });
  }
  // a header that says so, with its checksum put right
  const { loadCrc32 } = await import("../../pipeline/png_codec.ts");
  interlaced[28] = 1;
  new DataView(interlaced.buffer).setUint32(29, (await loadCrc32())(interlaced.subarray(12, 29)));
  await assert.rejects(openSourceImage(interlaced), /got "8 bits a channel, interlaced"/);
});

/** A PNG file of RGB with this header and these bytes in the place of its pixels, all checksums right. */
async function png(width: number, height: number, pixels: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { loadCrc32 } = await import("../../pipeline/png_codec.ts"), crc32 = await loadCrc32();
  const packed = new Blob([pixels]).stream().pipeThrough(new CompressionStream("deflate"));
  const header = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  const chunk = (type: string, data: Uint8Array): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(data.length + 12), view = new DataView(bytes.buffer);
    view.setUint32(0, data.length);
    bytes.set(new TextEncoder().encode(type), 4);
    bytes.set(data, 8);
    view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
    return bytes;
  };
  const parts = [
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", new Uint8Array(await new Response(packed).arrayBuffer())),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

Deno.test("a header that says more or less than there is, and one that says too much, are errors", async () => {
  assert.deepEqual((await openSourceImage(await png(2, 2, new Uint8Array(14)))).width, 2);
  const cases: [Uint8Array, RegExp][] = [
    [await png(64, 64, new Uint8Array(100)), /whole, but it has 100 of 12352 bytes of pixels/],
    [await png(2, 2, new Uint8Array(2 ** 20)), /no more than 14 bytes when inflated/],
    [await png(20000, 20000, new Uint8Array(100)), /at most 8192 pixels wide and high, got "20000 × 20000"/],
    [await png(0, 2, new Uint8Array(2)), /image must be/],
  ];
  for (const [image, message] of cases) {
    await assert.rejects(openSourceImage(image), (error: Error) => {
      assert.ok(error instanceof ImageError, `${error.stack}`);
      assert.match(error.message, message);
      return true;
    });
  }
});
