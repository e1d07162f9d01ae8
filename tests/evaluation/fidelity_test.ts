import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../errors.ts";
import { fidelity } from "../../evaluation/fidelity.ts";
import type { Scene } from "../../evaluation/scene.ts";
import { drawScene, openSprites, readCaption } from "../../evaluation/world/world.ts";
import { NAMES } from "../../evaluation/world/world_data.ts";
import { Picture } from "../../pipeline/picture.ts";
import { enlarge } from "../../pipeline/enlarge.ts";
import { anyScene, movedScene } from "./world/arbitrary_scene.ts";

const sprites = await openSprites();
const sceneOf = (caption: string) => readCaption(caption) as Scene;

/** As a pipeline would give it. */
function pictureOf(scene: Scene, offsets?: Parameters<typeof drawScene>[2]): Picture {
  const bytes = Uint8Array.from(drawScene(scene, sprites, offsets), (value) => Math.round(255 * value));
  return new Picture(64, 64, bytes);
}

/** Each pixel the mean of the 3x3 around it. */
function blurred({ data }: Picture): Picture {
  const inside = (at: number) => Math.max(0, Math.min(63, at));
  const bytes = data.map((_, i) => {
    const x = Math.floor(i / 3) % 64, y = Math.floor(i / 192);
    let sum = 0;
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) sum += data[(inside(y + dy) * 64 + inside(x + dx)) * 3 + i % 3];
    }
    return sum / 9;
  });
  return new Picture(64, 64, bytes);
}

Deno.test("fidelity: a true drawing, whatever its jitter, is as near as rounding to 8 bits", () => {
  fc.assert(
    fc.property(movedScene, ({ scene, offsets }) => {
      const { psnr, rmse, offsets: found } = fidelity(scene, pictureOf(scene, offsets), sprites);
      assert.ok(
        psnr > 55,
        `${scene.caption} ${JSON.stringify(offsets)}: ${psnr} dB at ${JSON.stringify(found)}`,
      );
      assert.ok(rmse < 0.002);
    }),
    { numRuns: 300 },
  );
});

Deno.test("fidelity: the drawing that it finds is the nearest of all, where that can be searched", () => {
  const scene = sceneOf("a red cat above a dog on a gray background");
  const picture = blurred(pictureOf(scene, scene.objects.map(() => [1, -1])));
  const pixels = Float32Array.from(picture.data, (value) => value / 255);
  const steps = [-2, -1, 0, 1, 2], all = steps.flatMap((x) => steps.map((y) => [x, y] as const));
  let least = Infinity;
  for (const first of all) {
    for (const second of all) {
      const drawing = drawScene(scene, sprites, [first, second]);
      const error = drawing.reduce((sum, value, i) => sum + (value - pixels[i]) ** 2, 0) / drawing.length;
      least = Math.min(least, error);
    }
  }
  const { rmse, psnr } = fidelity(scene, picture, sprites);
  assert.ok(Math.abs(rmse - Math.sqrt(least)) < 1e-6);
  assert.ok(Math.abs(psnr + 10 * Math.log10(least)) < 1e-4);
});

Deno.test("fidelity: objects that stand in each other's way are found as well", () => {
  const step = fc.integer({ min: -2, max: 2 }), offset = fc.tuple(step, step);
  const crowd = fc.tuple(
    fc.shuffledSubarray([...NAMES], { minLength: 3, maxLength: 3 }),
    fc.integer({ min: 8, max: 14 }),
  );
  fc.assert(
    fc.property(crowd, fc.tuple(offset, offset, offset), ([names, gap], offsets) => {
      const objects = names.map((name, i) =>
        ({ name, place: "middle", size: 28, x: 32 + (i - 1) * gap, y: 32 }) as const
      );
      const scene: Scene = { kind: "three", caption: "", objects, color: "white", heldOut: false };
      const { psnr, offsets: found } = fidelity(scene, pictureOf(scene, offsets), sprites);
      assert.ok(
        psnr > 55,
        `${names}, ${gap} apart at ${JSON.stringify(offsets)}: ${psnr} dB at ${JSON.stringify(found)}`,
      );
    }),
    { numRuns: 200 },
  );
});

Deno.test("fidelity: it falls when a picture is blurred, and when an object is moved, exchanged or missing", () => {
  fc.assert(
    fc.property(anyScene, (scene) => {
      const psnr = (picture: Picture) => fidelity(scene, picture, sprites).psnr;
      const [first, ...others] = scene.objects;
      const inside = first.x < 32 ? first.x + 5 : first.x - 5;
      const names = scene.objects.map(({ name }) => name);
      const stranger = ["whale", "star", "robot", "zebra", "pizza"].find((name) =>
        !names.includes(name)
      ) as string;
      const blur = psnr(blurred(pictureOf(scene)));
      assert.ok(blur < 50, `${scene.caption}, blurred: ${blur}`);
      const wrong: Record<string, Scene> = {
        moved: { ...scene, objects: [{ ...first, x: inside }, ...others] },
        exchanged: { ...scene, objects: [{ ...first, name: stranger, tint: undefined }, ...others] },
        missing: { ...scene, objects: others },
      };
      for (const [what, shown] of Object.entries(wrong)) {
        const found = psnr(pictureOf(shown));
        assert.ok(found < 45, `${scene.caption}, ${what}: ${found}`);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("fidelity: the more noise, the less, by the noise's own size", () => {
  const scene = sceneOf("a cat left of a dog on a blue background"), image = drawScene(scene, sprites);
  let before = Infinity;
  for (const noise of [0.01, 0.03, 0.1]) {
    const { psnr, rmse } = fidelity(
      scene,
      image.map((value, i) => value + (i % 2 ? noise : -noise)),
      sprites,
    );
    assert.ok(psnr < before && Math.abs(rmse - noise) < 0.1 * noise, `${noise}: ${psnr} dB, ${rmse}`);
    before = psnr;
  }
});

Deno.test("fidelity: a perfect picture is finite, and a larger one is brought to size", () => {
  const scene = sceneOf("three lemons on a black background");
  const { psnr, rmse, offsets } = fidelity(scene, drawScene(scene, sprites), sprites);
  assert.deepEqual([Math.round(psnr * 10) / 10, rmse, offsets], [58.9, 0, [[0, 0], [0, 0], [0, 0]]]);
  const picture = pictureOf(scene);
  const [large, own] = [enlarge(picture, 2), picture].map((each) => fidelity(scene, each, sprites).rmse);
  assert.ok(Math.abs(large - own) < 1e-6);
});

Deno.test("fidelity: no picture of 64x64 in finite numbers is an error", () => {
  const scene = sceneOf("a cat"), image = drawScene(scene, sprites);
  assert.throws(() => fidelity(scene, new Float32Array(5), sprites), DomainError);
  assert.throws(() => fidelity(scene, image.fill(NaN, 0, 1), sprites), DomainError);
});
