import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../../errors.ts";
import { type Scene, SCENE_KINDS, type SceneKind } from "../../../evaluation/scene.ts";
import {
  type Grammar,
  GRAMMAR_KINDS,
  type SampleOptions,
  sampleScene,
} from "../../../evaluation/world/sample_scene.ts";
import { seededRandom } from "../../../evaluation/world/seeded_random.ts";
import { FIRST_NAMES, takesTint, WORLD } from "../../../evaluation/world/world_data.ts";
import { layouts } from "../evaluation_fixtures.ts";
import { anyScene } from "./arbitrary_scene.ts";

const FULL_OF_SEED_7 = [
  "a robot above a cupcake on a yellow background",
  "a green apple above a sun on a white background",
  "a peach right of a snail below an avocado left of a bell on a pink background",
  "a moon above a ball on an orange background",
  "four carrots",
  "a snowman above a green apple left of an avocado below a pineapple on a pink background",
];
const FIRST_OF_SEED_7 = [
  "a big sunflower on a pink background",
  "a hamburger right of a pig on a purple background",
  "a pig",
  "a guitar above a dog on a yellow background",
];

function draw(count: number, seed: number, grammar: Grammar, options?: SampleOptions): Scene[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => sampleScene(random, grammar, options));
}

/** By the lists in the judge's folder, pair by pair. */
function showsHeldOut({ objects }: Scene): boolean {
  const names = objects.map(({ name }) => name).sort();
  return names.some((a, i) => names.slice(i + 1).some((b) => WORLD.heldOut.pairs[a]?.includes(b))) ||
    objects.some(({ name, tint }) => tint && WORLD.heldOut.tints[tint]?.includes(name));
}

Deno.test("sample scene: the same seed gives the same scenes for ever", () => {
  assert.deepEqual(draw(6, 7, "full").map(({ caption }) => caption), FULL_OF_SEED_7);
  assert.deepEqual(draw(4, 7, "first").map(({ caption }) => caption), FIRST_OF_SEED_7);
});

Deno.test("sample scene: arrangements are as frequent as in Python", () => {
  const count = 20_000, found = new Map<string, number>();
  for (const { kind, caption, objects } of draw(count, 3, "full")) {
    const things = objects.map(({ size, x, y, tint, said }) =>
      `${size}@${x},${y}${tint ? " tinted" : ""}${said ? ` ${said}` : ""}`
    );
    const key = `${kind}: ${things.join("; ")}${caption.endsWith(" background") ? "" : " on nothing"}`;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  for (const key of new Set([...found.keys(), ...Object.keys(layouts.counts)])) {
    const ours = (found.get(key) ?? 0) / count, theirs = (layouts.counts[key] ?? 0) / layouts.draws;
    const p = Math.max(ours, theirs), deviation = Math.sqrt(p * (1 / count + 1 / layouts.draws));
    assert.ok(Math.abs(ours - theirs) < 4.5 * deviation, `${key}: ${ours} here, ${theirs} in Python`);
  }
});

/** Captions of a kind, and how many of them Python's sampler makes like that. */
const SHARES: readonly [SceneKind, RegExp, number][] = [
  ["one", /^an? (?!big|small)(?!.* at )/, 0.4],
  ["one", / at the /, 0.2],
  ["one", /^a big /, 0.2],
  ["two", / and /, 0.25],
  ["three", /, /, 1 / 6],
  ["three", / and (?:left|right|above|below)/, 1 / 3],
  // Pairs side by side: one relation is vertical, the other way round two are.
  ["four", / (?:above|below) .* (?:above|below) /, 0.4],
  ["count", /^six /, 0.2],
  ["counts", /^an? /, 2 / 8],
  ["tint", /^a big /, 0.25],
  ["tints", / and /, 0.2],
  ["sizes", /big/, 0.4],
  ["sizes", / background$/, 0.8],
  ["bound", /^(?:\ban? (?!\w+ background$)(?:(?!\ban? ).)+){4}(?:\ban? \w+ background)?$/, 0.7],
  ["five", /^[^,]* and .*, /, 0.5],
  ["six", / above /, 0.5],
];

Deno.test("sample scene: forms, sizes and backgrounds are said as often as in training", () => {
  const count = 12_000;
  for (const [kind, like, share] of SHARES) {
    const found = draw(count, 6, "full", { kinds: [kind] }).filter(({ caption }) =>
      like.test(caption)
    ).length / count;
    const deviation = Math.sqrt(share * (1 - share) / count);
    assert.ok(Math.abs(found - share) < 4 * deviation, `${kind} ${like}: ${found}, not ${share}`);
  }
});

Deno.test("sample scene: names, tints and backgrounds are drawn alike", () => {
  const names = new Map<string, number>(),
    tints = new Map<string, number>(),
    colors = new Map<string, number>();
  const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  for (const { objects, color, caption } of draw(16_000, 5, "full", { kinds: ["two", "tint"] })) {
    for (const { name, tint } of objects) {
      if (tint) add(tints, tint);
      else add(names, name);
    }
    if (caption.endsWith("background")) add(colors, color);
  }
  for (const map of [names, tints, colors]) {
    const mean = [...map.values()].reduce((a, b) => a + b) / map.size;
    // A tint has fewer objects where some have it by nature: up to one in six.
    const slack = 5 * Math.sqrt(mean) + (map === tints ? mean / 6 : 0) + (map === colors ? mean / 12 : 0);
    for (const [key, times] of map) {
      assert.ok(Math.abs(times - mean) < slack, `${key}: ${times}, mean ${mean}`);
    }
  }
  assert.deepEqual([names.size, tints.size, colors.size], [80, 6, 10]);
});

Deno.test("sample scene: held out means a pair or a tint of the lists; asked for or refused, it is kept to", () => {
  fc.assert(fc.property(anyScene, (scene) => assert.equal(scene.heldOut, showsHeldOut(scene))), {
    numRuns: 1000,
  });
  assert.ok(draw(300, 1, "full", { heldOut: true }).every(showsHeldOut));
  assert.ok(!draw(300, 1, "full", { heldOut: false }).some(showsHeldOut));
  const mixed = draw(2000, 1, "full").filter(showsHeldOut).length / 2000;
  assert.ok(mixed > 0.3 && mixed < 0.37, `${mixed}`);
});

Deno.test("sample scene: only the kinds asked for, in the grammar's proportions", () => {
  const kinds = draw(3000, 2, "full", { kinds: ["tint", "four"] }).map(({ kind }) => kind);
  const four = kinds.filter((kind) => kind === "four").length;
  assert.equal(four + kinds.filter((kind) => kind === "tint").length, 3000);
  assert.ok(Math.abs(four / 3000 - 12 / 16) < 0.04, `${four}`);
  for (const kind of SCENE_KINDS) assert.equal(draw(1, 1, "full", { kinds: [kind] })[0].kind, kind);
});

Deno.test("sample scene: the first grammar has one or two of its own objects and nothing held out", () => {
  const scenes = draw(3000, 4, "first");
  for (const { kind, objects, heldOut } of scenes) {
    assert.equal(objects.length, kind === "one" ? 1 : 2);
    assert.equal(heldOut, false);
    for (const { name, tint } of objects) assert.ok(FIRST_NAMES.includes(name) && tint === undefined);
  }
  const two = scenes.filter(({ kind }) => kind === "two").length / 3000;
  assert.ok(Math.abs(two - 0.6) < 0.04, `${two}`);
  assert.equal(new Set(scenes.flatMap(({ objects }) => objects.map(({ name }) => name))).size, 64);
});

Deno.test("sample scene: objects are in the picture, in sizes and tints that can be drawn, apart from the background", () => {
  fc.assert(fc.property(anyScene, ({ objects, color }) => {
    for (const { name, size, x, y, tint } of objects) {
      for (const at of [x, y]) assert.ok(at - size / 2 >= 0 && at + size / 2 <= 64);
      assert.ok(WORLD.sizes.includes(size) && name in WORLD.objects);
      if (tint) assert.ok(takesTint(name, tint) && tint !== color);
    }
    assert.ok(color in WORLD.colors);
  }));
});

Deno.test("sample scene: what cannot be drawn is an error", () => {
  const refused: [Grammar, SampleOptions, RegExp][] = [
    [
      "first",
      { kinds: ["three"] },
      /kinds must be some of one, two, which the first grammar has, got \["three"\]/,
    ],
    ["full", { kinds: [] }, /kinds must be some of one, two, three/],
    ["first", { heldOut: true }, /must be the full grammar, with other kinds than one and count/],
    ["full", { kinds: ["one", "count"], heldOut: true }, /with other kinds than one and count/],
    ["third" as Grammar, {}, /the grammar must be first or full, got "third"/],
  ];
  for (const [grammar, options, message] of refused) {
    assert.throws(
      () => sampleScene(seededRandom(1), grammar, options),
      (error: Error) => error instanceof DomainError && message.test(error.message),
    );
  }
  assert.deepEqual(Object.keys(GRAMMAR_KINDS.full), [...SCENE_KINDS]);
});
