import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ImageError } from "../../errors.ts";
import { decodePixels, encodePixels } from "../../pipeline/png_codec.ts";
import { addPngText, readPngText } from "../../pipeline/png_text.ts";

const pixels = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i * 14) };

/** Type and data of each chunk, read without the code under test. */
function chunks(png: Uint8Array): { type: string; data: Uint8Array }[] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const found = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    const data = png.subarray(at + 8, at + 8 + view.getUint32(at));
    found.push({ type: new TextDecoder().decode(png.subarray(at + 4, at + 8)), data });
  }
  return found;
}

/** A text chunk made by hand and put before the pixels, CRC computed by bits. */
function withChunk(png: Uint8Array, type: string, data: number[]): Uint8Array {
  const body = [...new TextEncoder().encode(type), ...data];
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const word = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const afterHeader = 8 + 25;
  return Uint8Array.from([
    ...png.subarray(0, afterHeader),
    ...word(data.length),
    ...body,
    ...word(~crc >>> 0),
    ...png.subarray(afterHeader),
  ]);
}

Deno.test("addPngText() puts the texts before the pixels and leaves those alone", async () => {
  const plain = await encodePixels(pixels);
  const png = await addPngText(plain, [["Title", "one"], ["Comment", "zwei: ä"], ["winnow:x", "три 🚀"]]);
  assert.deepEqual(chunks(png).map(({ type }) => type), ["IHDR", "tEXt", "tEXt", "iTXt", "IDAT", "IEND"]);
  assert.deepEqual(await decodePixels(png), pixels);
  assert.deepEqual(chunks(png)[2].data, Uint8Array.from("Comment\0zwei: ä", (c) => c.charCodeAt(0)));
  assert.deepEqual([...await readPngText(png)], [["Title", "one"], ["Comment", "zwei: ä"], [
    "winnow:x",
    "три 🚀",
  ]]);
});

Deno.test("addPngText() writes the chunk that the PNG specification describes, to the bit", async () => {
  const plain = await encodePixels(pixels);
  const text = [...new TextEncoder().encode("Title\0Winnow")];
  assert.deepEqual(await addPngText(plain, [["Title", "Winnow"]]), withChunk(plain, "tEXt", text));
  const utf8 = [...new TextEncoder().encode("Title\0\0\0\0\0λ")];
  assert.deepEqual(await addPngText(plain, [["Title", "λ"]]), withChunk(plain, "iTXt", utf8));
});

Deno.test("readPngText() gives back any text that addPngText() was given", async () => {
  const plain = await encodePixels(pixels);
  await fc.assert(fc.asyncProperty(fc.string({ unit: "binary", maxLength: 200 }), async (text) => {
    const texts = await readPngText(await addPngText(plain, [["key", text]]));
    // neither chunk can hold NUL
    assert.equal(texts.get("key"), text.replaceAll("\0", "\ufffd"));
  }));
});

Deno.test("readPngText() reads compressed chunks, and the first of two texts with one keyword", async () => {
  const plain = await encodePixels(pixels);
  const deflated = async (bytes: Uint8Array<ArrayBuffer>) => {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
    return [...new Uint8Array(await new Response(stream).arrayBuffer())];
  };
  const latin = await deflated(Uint8Array.of(0x67, 0x72, 0xfc, 0x6e, 0x80)); // "grün" and U+0080
  const utf8 = await deflated(new TextEncoder().encode("σ λ"));
  const zTXt = withChunk(plain, "zTXt", [...new TextEncoder().encode("z\0"), 0, ...latin]);
  const both = withChunk(zTXt, "iTXt", [...new TextEncoder().encode("i\0"), 1, 0, 0x65, 0x6e, 0, 0, ...utf8]);
  assert.deepEqual(Object.fromEntries(await readPngText(both)), { z: "grün\u0080", i: "σ λ" });
  const twice = await addPngText(plain, [["key", "first"], ["key", "second"]]);
  assert.equal((await readPngText(twice)).get("key"), "first");
});

Deno.test("readPngText() names what is wrong with a file", async () => {
  const png = await addPngText(await encodePixels(pixels), [["key", "value"]]);
  const flipped = png.slice();
  flipped[8 + 25 + 8] ^= 1; // the first bit of "key"
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /must be a PNG file/],
    [new TextEncoder().encode("GIF89a and more"), /must be a PNG file/],
    [png.subarray(0, png.length - 5), /cut off after \d+ bytes/],
    [png.subarray(0, 40), /cut off/],
    [flipped, /checksum of its tEXt chunk is wrong/],
    [withChunk(png, "zTXt", [0x6b, 0, 0, 1, 2, 3]), /compressed text must be a whole zlib stream/],
    [withChunk(png, "tEXt", [0x6b]), /keywords end/],
  ];
  for (const [bytes, message] of cases) {
    await assert.rejects(
      readPngText(bytes),
      (error) => error instanceof ImageError && message.test(error.message),
      String(message),
    );
  }
});

Deno.test("addPngText() refuses keywords that PNG does not allow", async () => {
  const plain = await encodePixels(pixels);
  for (const keyword of ["", " a", "a ", "a  b", "λ", "a\nb", "a\0b", "x".repeat(80)]) {
    await assert.rejects(addPngText(plain, [[keyword, ""]]), ImageError, JSON.stringify(keyword));
  }
  assert.equal((await readPngText(await addPngText(plain, [["x".repeat(79), "long"]]))).size, 1);
});
