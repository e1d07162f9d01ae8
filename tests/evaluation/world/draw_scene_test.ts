import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../../errors.ts";
import { cornerOf, drawScene, jitterOf, type Offset } from "../../../evaluation/world/draw_scene.ts";
import { readCaption } from "../../../evaluation/world/read_caption.ts";
import { openSprites } from "../../../evaluation/world/sprites.ts";
import { NAMES, takesTint, WORLD } from "../../../evaluation/world/world_data.ts";
import type { Scene } from "../../../evaluation/scene.ts";
import { drawn, picturesOf, scenes } from "../evaluation_fixtures.ts";
import { movedScene } from "./arbitrary_scene.ts";

const sprites = await openSprites();
const sceneOf = (caption: string) => readCaption(caption) as Scene;
const bytesOf = (image: Float32Array) => Uint8Array.from(image, (value) => Math.round(255 * value));

Deno.test("draw scene: as Python draws it, each byte within one, every size and every tint among them", async () => {
  const pictures = await picturesOf("drawn.png");
  assert.equal(pictures.length, drawn.length);
  let off = 0;
  pictures.forEach(({ data }, i) => {
    const scene = scenes[drawn[i]], bytes = bytesOf(drawScene(scene, sprites));
    for (let k = 0; k < data.length; k++) {
      const difference = Math.abs(bytes[k] - data[k]);
      assert.ok(difference <= 1, `${scene.caption}: byte ${k} is ${bytes[k]}, in Python ${data[k]}`);
      off += difference;
    }
  });
  const share = off / (drawn.length * 64 * 64 * 3);
  assert.ok(share < 0.05, `${share} of the bytes differ`);
  const objects = drawn.flatMap((i) => scenes[i].objects);
  assert.equal(new Set(objects.map(({ size }) => size)).size, WORLD.sizes.length);
  assert.equal(new Set(objects.map(({ tint }) => tint)).size, WORLD.tints.length + 1);
});

Deno.test("draw scene: an object moves with its offset, and stops at the edge", () => {
  const scene = sceneOf("a small cat left of a big dog on a blue background");
  const still = drawScene(scene, sprites), moved = drawScene(scene, sprites, [[1, -1], [2, 0]]);
  const at = (
    image: Float32Array,
    x: number,
    y: number,
  ) => [...image.slice((y * 64 + x) * 3, (y * 64 + x) * 3 + 3)];
  for (let y = 22; y < 42; y++) {
    for (let x = 8; x < 26; x++) assert.deepEqual(at(moved, x + 1, y - 1), at(still, x, y), `${x}, ${y}`);
  }
  // The big dog, 34 pixels wide at x 46, is kept inside already: its left edge is at 30 of 30, wherever it moves to.
  assert.deepEqual(cornerOf(scene.objects[1], [0, 0]), [29, 15]);
  assert.deepEqual(cornerOf(scene.objects[1], [2, 0]), [30, 15]);
});

Deno.test("draw scene: pixels stay between 0 and 1, and what no object reaches is background", () => {
  fc.assert(
    fc.property(movedScene, ({ scene, offsets }) => {
      const image = drawScene(scene, sprites, offsets);
      const background = WORLD.colors[scene.color].map((value) => Math.fround(value / 255));
      const boxes = scene.objects.map((object, i) => [...cornerOf(object, offsets[i]), object.size]);
      for (let pixel = 0; pixel < 64 * 64; pixel++) {
        const x = pixel % 64, y = Math.floor(pixel / 64), rgb = [...image.subarray(3 * pixel, 3 * pixel + 3)];
        assert.ok(rgb.every((value) => value >= 0 && value <= 1), `${rgb}`);
        if (
          boxes.some(([left, top, size]) => x >= left && x < left + size && y >= top && y < top + size)
        ) continue;
        assert.deepEqual(rgb, background);
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("draw scene: small objects move by one pixel, others by two", () => {
  const [small, unsaid] = sceneOf("a small cat above a dog").objects;
  assert.deepEqual([jitterOf(small), jitterOf(unsaid)], [1, 2]);
});

Deno.test("draw scene: offsets are as many as objects, and what the world has not got is an error", () => {
  const scene = sceneOf("a cat");
  const offsets: Offset[] = [[0, 0], [0, 0]];
  assert.throws(() => drawScene(scene, sprites, offsets), DomainError);
  assert.throws(() => sprites.get("unicorn", 28), /its name must be one of cat, dog/);
  assert.throws(() => sprites.get("cat", 30), /its size must be one of 20, 24, 28, 34, 40, 48, got 30/);
  assert.throws(() => sprites.get("cat", 28, "orange"), /its tint must be one of red/);
});

Deno.test("sprites: every object is there in every size, kept, and each tint that it takes looks different", () => {
  for (const name of NAMES) {
    for (const size of WORLD.sizes) {
      const sprite = sprites.get(name, size);
      assert.equal(sprite.length, 4 * size * size);
      assert.equal(sprites.get(name, size), sprite);
      const alpha = sprite.filter((_, i) => i % 4 === 3).reduce((sum, value) => sum + value) / size ** 2;
      assert.ok(alpha > 0.2 && alpha < 1, `${name} at ${size}: ${alpha}`);
    }
    const plain = sprites.get(name, 28);
    for (const tint of WORLD.tints.filter((tint) => takesTint(name, tint))) {
      const tinted = sprites.get(name, 28, tint);
      const change = tinted.reduce((sum, value, i) => sum + Math.abs(value - plain[i]), 0) / (28 * 28 * 3);
      assert.ok(change > 0.02, `${name} in ${tint}: ${change}`);
    }
  }
});
