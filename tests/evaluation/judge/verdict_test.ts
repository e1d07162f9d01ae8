import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import type { Scene, Seen } from "../../../evaluation/scene.ts";
import { verdict } from "../../../evaluation/judge/verdict.ts";
import { placeOf } from "../../../evaluation/world/place_of.ts";
import { readCaption } from "../../../evaluation/world/read_caption.ts";
import { readings, scenes, verdicts } from "../evaluation_fixtures.ts";
import { movedScene } from "../world/arbitrary_scene.ts";

const sceneOf = (caption: string) => readCaption(caption) as Scene;

/** What a perfect judge sees in a true drawing. */
function truth({ objects, color }: Scene): Seen {
  return { objects: objects.map(({ said: _, ...object }) => object), color };
}

Deno.test("verdict: as Python's, on scenes as asked for, spoilt, moved, resized, on other backgrounds", () => {
  for (const { scene, seen, verdict: expected } of [...verdicts, ...readings]) {
    assert.deepEqual(verdict(scenes[scene], seen), expected, scenes[scene].caption);
  }
  for (const part of ["right", "anywhere", "background"] as const) {
    const share = verdicts.filter(({ verdict }) => verdict[part]).length / verdicts.length;
    assert.ok(share > 0.2 && share < 0.9, `${part}: ${share}`);
  }
});

Deno.test("verdict: every true drawing is right, however its objects are listed, wherever the jitter puts them", () => {
  const shuffled = movedScene.chain(({ scene, offsets }) => {
    const seen = scene.objects.map(({ said: _, ...object }, i) => {
      const x = object.x + offsets[i][0], y = object.y + offsets[i][1];
      return { ...object, x, y, place: placeOf(x, y) };
    });
    const options = { minLength: seen.length, maxLength: seen.length };
    return fc.record({ scene: fc.constant(scene), objects: fc.shuffledSubarray(seen, options) });
  });
  fc.assert(fc.property(shuffled, ({ scene, objects }) => {
    const all = { right: true, anywhere: true, background: true };
    assert.deepEqual(verdict(scene, { objects, color: scene.color }), all, scene.caption);
  }));
});

Deno.test("verdict: one object less, more, exchanged, retinted or moved to another place is wrong", () => {
  const scene = sceneOf("a cat left of a red dog"), seen = truth(scene), [cat, dog] = seen.objects;
  const judged = (...objects: Seen["objects"]) => {
    const { right, anywhere } = verdict(scene, { ...seen, objects });
    return [right, anywhere];
  };
  assert.deepEqual(judged(cat, dog), [true, true]);
  assert.deepEqual(judged(cat), [false, false]);
  assert.deepEqual(judged(cat, dog, cat), [false, false]);
  assert.deepEqual(judged(cat, { ...dog, name: "fox" }), [false, false]);
  assert.deepEqual(judged(cat, { ...dog, tint: undefined }), [false, false]);
  assert.deepEqual(judged(cat, { ...dog, tint: "blue" }), [false, false]);
  assert.deepEqual(judged(cat, { ...dog, place: "middle" }), [false, true]);
  assert.deepEqual(judged({ ...cat, place: dog.place }, { ...dog, place: cat.place }), [false, true]);
  assert.deepEqual(judged(), [false, false]);
});

Deno.test("verdict: a size counts where the caption says it", () => {
  const right = (caption: string, size: number) => {
    const scene = sceneOf(caption), [first, ...others] = truth(scene).objects;
    return verdict(scene, { objects: [{ ...first, size }, ...others], color: scene.color }).right;
  };
  assert.deepEqual([24, 31.9, 32, 48].map((size) => right("a small cat", size)), [true, true, false, false]);
  assert.deepEqual([40, 44, 44.1, 48].map((size) => right("a big cat", size)), [false, false, true, true]);
  assert.deepEqual([24, 40, 48].map((size) => right("a cat", size)), [true, true, true]);
  assert.deepEqual([20, 23.9, 24].map((size) => right("a small cat and a dog", size)), [true, true, false]);
  assert.deepEqual([31, 31.1, 34].map((size) => right("a big cat and a small dog", size)), [
    false,
    true,
    true,
  ]);
});

Deno.test("verdict: the background is judged apart", () => {
  const scene = sceneOf("a cat on a red background");
  assert.deepEqual(verdict(scene, { ...truth(scene), color: "pink" }), {
    right: true,
    anywhere: true,
    background: false,
  });
});
