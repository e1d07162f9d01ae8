import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { readCaption } from "../../../evaluation/world/read_caption.ts";
import { SCENE_KINDS } from "../../../evaluation/scene.ts";
import { scenes } from "../evaluation_fixtures.ts";
import { anyScene } from "./arbitrary_scene.ts";

Deno.test("read caption: Python's captions give Python's scenes, of every kind, held out and not", () => {
  assert.ok(scenes.length >= 400);
  for (const kind of SCENE_KINDS) {
    const held = scenes.filter((scene) => scene.kind === kind).map(({ heldOut }) => heldOut);
    assert.ok(held.includes(false) && (kind === "one" || kind === "count" || held.includes(true)), kind);
  }
  for (const scene of scenes) assert.deepEqual(readCaption(scene.caption), scene);
});

Deno.test("read caption: it undoes what sampling does", () => {
  fc.assert(fc.property(anyScene, (scene) => assert.deepEqual(readCaption(scene.caption), scene)), {
    numRuns: 2000,
  });
});

Deno.test("read caption: case and spacing do not matter, and the caption is kept as given", () => {
  const caption = "  A Cat  LEFT of\na dog on an Orange background ";
  assert.deepEqual(readCaption(caption), {
    ...readCaption("a cat left of a dog on an orange background"),
    caption,
  });
});

Deno.test("read caption: an object whose name begins with a tint is itself", () => {
  assert.deepEqual(readCaption("a big green apple")?.objects.map(({ name, tint }) => [name, tint]), [
    ["green apple", undefined],
  ]);
});

const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  "no caption": ["", " ", "and", "on a red background", "a cat,", ", a cat"],
  "unknown words": [
    "a unicorn",
    "a cat on a mauve background",
    "a huge cat",
    "a cat near a dog",
    "a gray cat",
  ],
  "wrong articles": ["an cat", "a apple", "cat", "the cat", "a cat on a orange background"],
  "wrong numbers": ["two cat", "a cats", "seven cats", "one cat", "two foxs", "four cats above a dog"],
  "an object twice": ["a cat left of a cat", "a cat, a dog and a cat", "a cat above a red cat"],
  "tints that are never drawn": ["a red apple", "a yellow banana", "a blue green apple"],
  "a tint on its own colour": [
    "a red cat on a red background",
    "a cat above a blue dog on a blue background",
  ],
  "tints, sizes and numbers where there are none": [
    "a red cat and a red dog",
    "a big cat above a big dog",
    "a big cat above a dog",
    "a small red cat above a dog",
    "two red cats",
    "a big cat at the left",
    "two cats at the left",
    "two cats left of a dog",
    "a red cat, a dog and an owl",
    "two cats above two small dogs",
    "a cat at the middle",
  ],
  "relations that do not cross": [
    "a cat left of a dog right of an owl",
    "a cat above a dog and below an owl",
    "a cat left of a dog and left of an owl",
    "a cat above a dog above an owl above a bee",
    "a cat and a dog and an owl",
    "a cat and a dog above an owl",
    "a cat and a dog left of an owl and a bee",
    "a cat left of a dog and an owl left of a bee",
    "a cat left of a dog above an owl left of a bee above a fox",
  ],
};

for (const [what, captions] of Object.entries(FOREIGN)) {
  Deno.test(`read caption: not of the grammar: ${what}`, () => {
    for (const caption of captions) assert.equal(readCaption(caption), undefined, caption);
  });
}

Deno.test("read caption: whatever is read says the same when it is read again, and nothing throws", () => {
  const words = [
    ..."a an two three and , big small red cat dogs fish left of above on background".split(" "),
  ];
  const jumble = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((words) => words.join(" "));
  // One word of a true caption replaced or left out.
  const spoilt = fc.tuple(anyScene, fc.nat(), fc.constantFrom("", ...words)).map(
    ([{ caption }, at, word]) => {
      const all = caption.split(" ");
      return all.with(at % all.length, word).join(" ");
    },
  );
  fc.assert(
    fc.property(fc.oneof(jumble, spoilt, fc.string()), (caption) => {
      const scene = readCaption(caption);
      if (!scene) return;
      assert.equal(scene.caption, caption);
      for (const { name, tint = "", said = "" } of scene.objects) {
        for (const word of [name.slice(0, 3), tint, said]) assert.ok(caption.includes(word), caption);
      }
    }),
    { numRuns: 3000 },
  );
});
