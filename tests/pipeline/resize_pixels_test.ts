/** Resizing, against Pillow's. */
import assert from "node:assert/strict";
import { resizePixels } from "../../pipeline/resize_pixels.ts";
import { loadGoldens } from "../helpers/goldens.ts";

const goldens = loadGoldens("pillow");
const names = Object.keys(goldens.recipes).filter((name) => name.startsWith("resize_"));

for (const name of names) {
  Deno.test(`${name.replace("_", " ")} equals Pillow to the byte`, () => {
    const { settings: size } = goldens.recipes[name];
    const [height, width] = goldens.tensor(name, "image").shape;
    const image = { width, height, data: goldens.bytes(name, "image") };
    const before = image.data.slice();
    const resized = resizePixels(image, size);
    assert.deepEqual([resized.width, resized.height], [size.width, size.height]);
    assert.deepEqual(resized.data, goldens.bytes(name, "resized"));
    assert.deepEqual(image.data, before, "the picture itself is left alone");
  });
}

Deno.test("there are recorded sizes", () => assert.equal(names.length, 7));
