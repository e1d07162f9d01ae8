import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "npm:fast-check@4.10.2";
import { ImageError } from "../../errors.ts";
import { Image } from "../../pipeline/image.ts";
import {
  type ImageMetadata,
  PNG_KEYWORDS,
  readImageMetadata,
  readRecipeFromPng,
} from "../../pipeline/image_metadata.ts";
import { decodePixels } from "../../pipeline/png_codec.ts";
import { addPngText, readPngText } from "../../pipeline/png_text.ts";
import { VERSION } from "../../pipeline/version.ts";
import { cfg, dpmpp2m, noGuidance, pladis, pocket, recipe, textEncoder } from "../../recipes/recipes.ts";
import config from "../../deno.json" with { type: "json" };

const scene = recipe({
  model: pocket(),
  scheduler: dpmpp2m({ steps: 12, sigmas: "karras" }),
  attention: pladis({ lambda: 2, alpha: 1.5 }),
  guidance: cfg({ scale: 4 }),
});

const metadata: ImageMetadata = {
  prompt: "a cat left of a rocket",
  negativePrompt: "blur",
  seed: "18446744073709551615",
  recipe: scene,
  winnow: VERSION,
  models: { "unet/model.onnx": "ab".repeat(32) },
};

const data = (value: unknown) => JSON.parse(JSON.stringify(value));
const small = (changes?: Partial<ImageMetadata>) =>
  new Image(2, 1, Uint8Array.of(1, 2, 3, 250, 251, 252), { ...metadata, ...changes });

Deno.test("the version is deno.json's", () => {
  assert.equal(VERSION, config.version);
});

Deno.test("Image.fromTensor() turns [3, H, W] to RGB triples, rounding as NumPy does", () => {
  // two pixels wide, one high: R, R, G, G, B, B; the halves go to the even neighbour
  const chw = Float32Array.of(0, 1, 0.5 / 255, 1.5 / 255, 2.5 / 255, 0.5);
  const { data, width, height } = Image.fromTensor(chw, 2, 1, metadata);
  assert.deepEqual([width, height], [2, 1]);
  // 255 x in float32: 0.5, 1.5, 2.5 exactly, and 127.5
  assert.deepEqual([...chw.subarray(2)].map((x) => Math.fround(255 * x)), [0.5, 1.5, 2.5, 127.5]);
  assert.deepEqual([...data], [0, 0, 2, 255, 2, 128]);
});

Deno.test("Image.fromTensor() clamps to 0 to 1", () => {
  const { data } = Image.fromTensor(Float32Array.of(-0.1, 1.1, 1e30), 1, 1, metadata);
  assert.deepEqual([...data], [0, 255, 255]);
});

Deno.test("Image.fromTensor() keeps every level of an 8-bit picture", () => {
  const levels = Float32Array.from({ length: 256 * 3 }, (_, i) => (i % 256) / 255);
  const { data } = Image.fromTensor(levels, 256, 1, metadata);
  assert.deepEqual(data, Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3)));
});

Deno.test("Image.fromTensor() never lets a NaN pass as black, nor a wrong size", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert.throws(
      () => Image.fromTensor(Float32Array.of(0, 0, bad), 1, 1, metadata),
      (error) => error instanceof ImageError && /must be finite numbers, got .*float16/.test(error.message),
    );
  }
  assert.throws(() => Image.fromTensor(new Float32Array(3), 2, 1, metadata), /\[3, 1, 2\], 6 numbers, got 3/);
  assert.throws(() => new Image(2, 1, new Uint8Array(5), metadata), /2 x 1 RGB triples, 6 bytes, got 5/);
  assert.throws(() => new Image(0, 1, new Uint8Array(0), metadata), /two whole numbers above 0, got \[0,1\]/);
});

Deno.test("Image.encodePng() carries pixels and metadata, and gives both back", async () => {
  const png = await small().encodePng();
  assert.deepEqual((await decodePixels(png)).data, small().data);
  assert.deepEqual(data(await readImageMetadata(png)), data(metadata));
  assert.deepEqual(data(await readRecipeFromPng(png)), data(scene));
  const without = await small({ negativePrompt: undefined }).encodePng();
  assert.ok(!("negativePrompt" in await readImageMetadata(without)));
});

Deno.test("Image.encodePng() writes the texts that other programs read", async () => {
  const texts = await readPngText(await small().encodePng());
  assert.deepEqual([...texts.keys()], Object.values(PNG_KEYWORDS));
  assert.equal(texts.get("Software"), `Winnow ${VERSION}`);
  assert.equal(texts.get("Description"), "a cat left of a rocket");
  assert.equal(
    texts.get("parameters"),
    "a cat left of a rocket\nNegative prompt: blur\n" +
      "Steps: 12, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4, Seed: 18446744073709551615, Size: 2x1, " +
      `PLADIS lambda: 2, PLADIS alpha: 1.5, Version: Winnow ${VERSION}`,
  );
  const plain = recipe({
    model: pocket(),
    guidance: noGuidance(),
    textEncoder: textEncoder({ clipSkip: 1 }),
  });
  const other = await readPngText(
    await small({ recipe: plain, prompt: "", negativePrompt: undefined }).encodePng(),
  );
  assert.equal(
    other.get("parameters"),
    `\nSteps: 20, Sampler: DDIM, CFG scale: 1, Seed: 18446744073709551615, Size: 2x1, Clip skip: 2, Version: Winnow ${VERSION}`,
  );
});

Deno.test("Image.encodePng() carries any prompt, to the last code unit", async () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
  const prompts = fc.oneof(
    fc.string({ unit: "grapheme" }),
    units.map((codes) => String.fromCharCode(...codes)),
  );
  await fc.assert(fc.asyncProperty(prompts, async (prompt) => {
    assert.equal((await readImageMetadata(await small({ prompt }).encodePng())).prompt, prompt);
  }));
});

Deno.test("Image.encodePng() gives the same bytes for the same image", async () => {
  assert.deepEqual(await small().encodePng(), await small().encodePng());
  assert.notDeepEqual(await small().encodePng(), await small({ seed: "8" }).encodePng());
});

Deno.test("readRecipeFromPng() and readImageMetadata() refuse pictures of others", async () => {
  const { width, height, data: pixels } = small();
  const { encodePixels } = await import("../../pipeline/png_codec.ts");
  const plain = await encodePixels({ width, height, data: pixels });
  const broken = await addPngText(plain, [[PNG_KEYWORDS.recipe, "{"]]);
  for (const png of [plain, broken]) {
    for (const read of [readRecipeFromPng, readImageMetadata]) {
      await assert.rejects(
        read(png),
        (error) => error instanceof ImageError && /a PNG that Winnow wrote/.test(error.message),
      );
    }
  }
});

Deno.test("Image.save() creates folders, refuses other formats, and leaves nothing half-written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a", "b", "cat.png");
    await small().save(path);
    assert.deepEqual(await Deno.readFile(path), await small().encodePng());
    assert.deepEqual([...Deno.readDirSync(join(folder, "a", "b"))].map(({ name }) => name), ["cat.png"]);
    await assert.rejects(
      small().save(join(folder, "cat.jpg")),
      /the file's name must be one that ends in \.png/,
    );
    await assert.rejects(small().save(join(folder, "x.png"), { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
