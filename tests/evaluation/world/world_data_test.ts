import assert from "node:assert/strict";
import { describeNoun, readNoun } from "../../../evaluation/world/noun.ts";
import { COLORS, FIRST_NAMES, NAMES, takesTint, WORLD } from "../../../evaluation/world/world_data.ts";
import { SCENE_KINDS } from "../../../evaluation/scene.ts";

Deno.test("world data: 80 objects, 64 of the first grammar, 10 backgrounds, 6 tints among them", () => {
  assert.deepEqual([NAMES.length, FIRST_NAMES.length, COLORS.length, WORLD.tints.length], [80, 64, 10, 6]);
  assert.ok(WORLD.tints.every((tint) => COLORS.includes(tint)));
  assert.deepEqual(Object.keys(WORLD.shares), [...SCENE_KINDS]);
});

Deno.test("world data: a tenth of all pairs and of all tints is held out, and no pair of the first grammar's objects", () => {
  const pairs = Object.entries(WORLD.heldOut.pairs).flatMap(([a, others]) => others.map((b) => [a, b]));
  assert.equal(pairs.length, Math.round(0.1 * 80 * 79 / 2));
  for (const [a, b] of pairs) {
    assert.ok(a < b && NAMES.includes(a) && NAMES.includes(b), `${a}, ${b}`);
    assert.ok(!FIRST_NAMES.includes(a) || !FIRST_NAMES.includes(b), `${a}, ${b}`);
  }
  const all = NAMES.flatMap((name) => WORLD.tints.filter((tint) => takesTint(name, tint)));
  const tinted = Object.entries(WORLD.heldOut.tints).flatMap(([tint, names]) =>
    names.map((name) => [name, tint])
  );
  assert.equal(tinted.length, Math.round(0.1 * all.length));
  for (const [name, tint] of tinted) {
    assert.ok(NAMES.includes(name) && takesTint(name, tint), `${tint} ${name}`);
  }
});

Deno.test("world data: no two nouns are said alike, so that captions can be read", () => {
  const nouns = NAMES.flatMap((name) => [
    { name, count: 1 },
    ...WORLD.tints.filter((tint) => takesTint(name, tint)).map((tint) => ({ name, tint, count: 1 })),
    ...Object.values(WORLD.numbers).map((count) => ({ name, count })),
  ]);
  assert.equal(new Set(nouns.map(describeNoun)).size, nouns.length);
  for (const noun of nouns) assert.deepEqual(readNoun(describeNoun(noun)), noun);
  assert.deepEqual(["fox", "cherry", "fish", "cat"].map((name) => describeNoun({ name, count: 2 })), [
    "two foxes",
    "two cherries",
    "two fish",
    "two cats",
  ]);
});
