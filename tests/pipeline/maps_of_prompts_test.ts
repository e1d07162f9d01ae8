/** Attention maps of odd prompts and of batches, in whole runs of the bundled model. */
import assert from "node:assert/strict";
import { PlanError } from "../../errors.ts";
import type { AttentionMaps } from "../../pipeline/attention_maps.ts";
import { decodeNpy } from "../../pipeline/npy.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import { cfg, ddim, noGuidance, pocket, recipe, size } from "../../recipes/recipes.ts";
import { maxAbs } from "../helpers/goldens.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const scene = recipe({ model: pocket(), scheduler: ddim({ steps: 2 }), guidance: noGuidance() });
const quiet = { onNotice: () => {} };
const all = { attentionMaps: "all", ...quiet } as const;

const texts = ({ words }: AttentionMaps) => words.map(({ text }) => text);
const numbers = (maps: AttentionMaps) => Float32Array.from(decodeNpy(maps.toNpy()).data as Float32Array);

/** With the start token, the end token and the padding, the words' maps would add up to 1. */
function checkShares(maps: AttentionMaps): void {
  for (let place = 0; place < maps.width * maps.height; place++) {
    const sum = maps.words.reduce((sum, _, word) => sum + maps.map(word)[place], 0);
    assert.ok(sum >= 0 && sum <= 1 + 1e-6, `${sum} at ${place}`);
  }
}

testOnDevices("attention maps: prompts without words, of signs, too long, and with a word twice", [
  "native",
], async (device) => {
  const long = `a cat left of a rocket on a blue background ${"and a red car ".repeat(8)}zebra.`;
  const notices: string[] = [];
  await using pipe = await pipeline(scene, {
    device,
    attentionMaps: "all",
    onNotice: (line) => void notices.push(line),
  });
  const prompts = ["", "!!! , ?!", long, "a red cat and a red dog", "(cat:1.5) [a dog]"];
  const images = await pipe.generate(prompts, { seed: 7 });
  const [empty, signs, cut, twice, weighted] = images.map((image) => image.attentionMaps!);
  for (const maps of [empty, signs, cut, twice, weighted]) {
    assert.deepEqual([maps.steps, maps.recorded, maps.width, maps.height], [2, [0, 1], 16, 16]);
    checkShares(maps);
  }

  assert.deepEqual([empty.words, empty.cutOff], [[], []]);
  assert.deepEqual(decodeNpy(empty.toNpy()).shape, [2, 0, 16, 16]);
  assert.ok(empty.sheet(images[0]).height > images[0].height);
  assert.throws(() => empty.map(0), /The prompt has no words\.$/);

  assert.deepEqual(texts(signs), ["!!!", ",", "?!"]);
  assert.ok(signs.map("?!").some((weight) => weight > 0));

  // the bundled model reads 30 tokens between start and end, one a word
  assert.equal(cut.words.length, 30);
  assert.deepEqual(texts(cut), long.split(" ").slice(0, 30));
  assert.deepEqual(cut.words.at(-1)!.tokens, [30, 31]);
  assert.deepEqual(
    [...texts(cut), ...cut.cutOff.map(({ text }) => text)].join(" "),
    long.slice(0, -1),
    "a word is read or named as cut off",
  );
  assert.match(notices.join("\n"), /this was cut off: ".*zebra/);
  assert.throws(() => cut.map("zebra"), /got "zebra"\. It was cut off, as the prompt is longer/);
  assert.ok(cut.map("car").some((weight) => weight > 0), "the cars that are read have maps");

  assert.deepEqual(twice.words.filter(({ text }) => text === "red").map(({ tokens }) => tokens), [[2, 3], [
    6,
    7,
  ]]);
  assert.deepEqual(twice.map("red"), twice.map(1));
  assert.ok(maxAbs(twice.map(1), twice.map(5)) > 1e-3, "each red has its own map");

  // weights are no syntax here: they are signs like any other
  assert.deepEqual(texts(weighted), ["cat:1.5", "a", "dog"]);
  assert.ok(weighted.words[0].tokens[1] - weighted.words[0].tokens[0] > 3);
});

testOnDevices(
  "attention maps: a word that the end of the context cuts in two says so",
  ["native"],
  async (device) => {
    await using pipe = await pipeline(scene, { device, ...all });
    const { attentionMaps: maps } = await pipe.generate(`${"a ".repeat(28)}lighthouse cat`, { seed: 7 });
    assert.deepEqual(maps!.words.at(-1), { text: "lighthouse", tokens: [29, 31] });
    assert.deepEqual(maps!.cutOff.map(({ text }) => text), ["lighthouse", "cat"]);
    assert.equal(maps!.cutOff[0].tokens[0], 29);
    assert.ok(maps!.map("lighthouse").some((weight) => weight > 0));
  },
);

testOnDevices(
  "attention maps: each picture of a batch has those that it has alone",
  ["native"],
  async (device) => {
    const guided = scene.with({ guidance: cfg({ scale: 2 }), size: size(96, 64) });
    await using pipe = await pipeline(guided, { device, ...all });
    const prompts = ["a red cat above a dog", "a key", "a red cat above a dog"];
    const batch = await pipe.generate(prompts, { seed: 3, negativePrompt: "a rocket on a blue background" });
    for (const [i, prompt] of prompts.entries()) {
      const alone = await pipe.generate(prompt, {
        seed: 3 + i,
        negativePrompt: "a rocket on a blue background",
      });
      const [own, other] = [batch[i], alone].map(({ attentionMaps }) => attentionMaps!);
      assert.deepEqual([own.width, own.height, own.words], [24, 16, other.words]);
      const apart = maxAbs(numbers(own), numbers(other));
      assert.ok(apart <= 1e-5, `picture ${i}: ${apart}`);
    }
    const [first, , third] = batch.map(({ attentionMaps }) => numbers(attentionMaps!));
    assert.ok(maxAbs(first, third) > 1e-3, "other noise, other maps");
  },
);

Deno.test("attention maps: a list without a site is an error", async () => {
  await assert.rejects(
    pipeline(scene, { device: "native", attentionMaps: [], ...quiet }),
    (error: Error) =>
      error instanceof PlanError && /attentionMaps must be one site or more, got \[\]/.test(error.message),
  );
});
