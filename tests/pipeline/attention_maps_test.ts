import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../errors.ts";
import { attentionMapsOf, createAttentionMaps } from "../../pipeline/attention_maps.ts";
import { contactSheet } from "../../pipeline/contact_sheet.ts";
import { decodeNpy } from "../../pipeline/npy.ts";
import { HEAT_COLORS } from "../../pipeline/heat_colors.ts";
import type { SiteMap } from "../../pipeline/word_maps.ts";

/** "red" is one token, "dog's" two; the keys are start, those three, end, padding. */
const WORDS = [{ text: "red", tokens: [1, 2] }, { text: "dog's", tokens: [2, 4] }] as const;
const KEYS = 6;

const siteOf = (width: number, height: number, weight: (query: number, key: number) => number): SiteMap => ({
  site: `site of ${width} x ${height}`,
  width,
  height,
  keys: KEYS,
  weights: Float32Array.from(
    { length: width * height * KEYS },
    (_, i) => weight(Math.floor(i / KEYS), i % KEYS),
  ),
});

const side = fc.constantFrom(1, 2, 3, 4, 6);
const site = fc.tuple(side, side).chain(([width, height]) =>
  fc.array(fc.float({ min: 0, max: 1, noNaN: true }), {
    minLength: width * height * KEYS,
    maxLength: width * height * KEYS,
  }).map((weights) => siteOf(width, height, (query, key) => weights[query * KEYS + key]))
);
const step = fc.array(site, { minLength: 1, maxLength: 4 });
const steps = fc.array(step, { minLength: 1, maxLength: 4 });

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, most = 1e-6) => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    assert.ok(Math.abs(actual[i] - expected[i]) <= most, `${i}: ${actual[i]}, ${expected[i]}`);
  }
};

Deno.test("attention maps: a word's tokens are summed, its sites and steps averaged on the finest grid", () => {
  const maps = createAttentionMaps({
    words: WORDS,
    steps: [
      [siteOf(2, 1, (query, key) => key === 1 ? query : key === 2 ? 0.25 : 0.125), siteOf(1, 1, () => 0.5)],
      [siteOf(4, 1, (query, key) => key === 1 ? query / 4 : 0)],
    ],
  });
  assert.deepEqual([maps.words, maps.steps, maps.width, maps.height], [WORDS, 2, 4, 1]);
  near(maps.map("red", 0), [0.25, 0.375, 0.625, 0.75]);
  near(maps.map("red", 1), [0, 0.25, 0.5, 0.75]);
  near(maps.map("RED"), [0.125, 0.3125, 0.5625, 0.75]);
  near(maps.map(1, 0), [0.6875, 0.6875, 0.6875, 0.6875]);
  near(maps.map("dog's", 1), [0, 0, 0, 0]);
});

Deno.test("attention maps: constant weights give constant maps of that weight a token", () => {
  fc.assert(fc.property(fc.array(fc.tuple(side, side), { minLength: 1 }), fc.float(), (sizes, x) => {
    const weight = Number.isFinite(x) ? x % 1 : 0.5;
    const maps = createAttentionMaps({
      words: WORDS,
      steps: [sizes.map(([w, h]) => siteOf(w, h, () => weight))],
    });
    near(maps.map(0), new Float32Array(maps.width * maps.height).fill(weight));
    near(maps.map(1), new Float32Array(maps.width * maps.height).fill(2 * weight));
  }));
});

Deno.test("attention maps: a map's mean is the mean weight of its word", () => {
  fc.assert(fc.property(steps, (steps) => {
    const maps = createAttentionMaps({ words: WORDS, steps });
    for (const [i, sites] of steps.entries()) {
      for (const [word, { tokens: [from, to] }] of WORDS.entries()) {
        const weights = sites.map(({ weights, width, height }) =>
          weights.reduce((sum, x, at) => at % KEYS >= from && at % KEYS < to ? sum + x : sum, 0) /
          (width * height)
        );
        near([mean(maps.map(word, i))], [mean(weights)], 1e-5);
      }
    }
  }));
});

Deno.test("attention maps: the mean over steps is the mean of the steps", () => {
  fc.assert(fc.property(steps, (steps) => {
    const maps = createAttentionMaps({ words: WORDS, steps });
    for (const word of WORDS.keys()) {
      const each = steps.map((_, step) => maps.map(word, step));
      near(maps.map(word), each[0].map((_, place) => mean(each.map((map) => map[place]))));
    }
  }));
});

Deno.test("attention maps: the order of sites does not matter", () => {
  const shuffled = step.chain((sites) =>
    fc.tuple(
      fc.constant(sites),
      fc.shuffledSubarray(sites, { minLength: sites.length, maxLength: sites.length }),
    )
  );
  fc.assert(fc.property(shuffled, ([sites, others]) => {
    const [a, b] = [sites, others].map((sites) => createAttentionMaps({ words: WORDS, steps: [sites] }));
    for (const word of WORDS.keys()) near(a.map(word), b.map(word));
  }));
});

Deno.test("attention maps: the NumPy file holds every map, [steps, words, H, W]", () => {
  fc.assert(fc.property(steps, (steps) => {
    const maps = createAttentionMaps({ words: WORDS, steps });
    const { dtype, shape, data } = decodeNpy(maps.toNpy());
    assert.equal(dtype, "float32");
    assert.deepEqual(shape, [steps.length, WORDS.length, maps.height, maps.width]);
    const all = steps.flatMap((_, step) => WORDS.flatMap((_, word) => [...maps.map(word, step)]));
    assert.deepEqual(Array.from(data), all);
  }));
});

Deno.test("attention maps: what is given out is the caller's own", () => {
  const maps = createAttentionMaps({ words: WORDS, steps: [[siteOf(2, 2, () => 1)]] });
  maps.map(0, 0).fill(7);
  maps.map(0).fill(7);
  assert.deepEqual(maps.map(0), Float32Array.of(1, 1, 1, 1));
});

const PICTURE = { width: 40, height: 20, data: new Uint8Array(40 * 20 * 3).fill(90) };

Deno.test("attention maps: an overlay is the tinted picture with the word below", async () => {
  const left = siteOf(2, 1, (query, key) => key === 1 ? 1 - query : 0);
  const maps = createAttentionMaps({ words: WORDS, steps: [[left], [siteOf(2, 1, () => 1)]] });
  const overlay = maps.overlay("red", PICTURE, { step: 0, opacity: 1 });
  assert.equal(overlay.width, 40);
  assert.ok(overlay.height > 20);
  const at = (x: number, y: number) => [...overlay.data.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3)];
  assert.deepEqual(at(0, 10), HEAT_COLORS[255]);
  assert.deepEqual(at(39, 10), HEAT_COLORS[0]);
  const label = overlay.data.subarray(20 * 40 * 3);
  assert.ok(label.includes(255) && label.includes(32), "dark letters on white");
  assert.notDeepEqual(maps.overlay("dog's", PICTURE, { step: 0, opacity: 1 }), overlay);
  assert.deepEqual(
    await overlay.encodePng(),
    await maps.overlay(0, PICTURE, { step: 0, opacity: 1 }).encodePng(),
  );
});

Deno.test("attention maps: the sheet is the picture and an overlay of every word", () => {
  const words = Array.from({ length: 4 }, (_, i) => ({ text: "a", tokens: [i + 1, i + 2] as const }));
  const maps = createAttentionMaps({ words, steps: [[siteOf(2, 2, (query) => query)]] });
  const { width, height, data } = maps.sheet(PICTURE);
  assert.equal(width, 3 * 40 + 4 * 8, "five pictures in rows of three");
  assert.ok(height > 2 * 20 + 3 * 8);
  const first = (8 * width + 8) * 3;
  assert.deepEqual([...data.subarray(first, first + 3)], [90, 90, 90]);
  const none = createAttentionMaps({ words: [], steps: [[siteOf(2, 2, () => 0)]] });
  assert.equal(none.sheet(PICTURE).width, 40 + 2 * 8);
});

Deno.test("attention maps: what cannot be made or found is an error that says what must be", () => {
  const good = siteOf(2, 1, () => 1);
  const make = (...steps: SiteMap[][]) => createAttentionMaps({ words: WORDS, steps });
  const maps = make([good], [good]);
  const cases: [() => unknown, RegExp][] = [
    [() => make(), /^Cannot make attention maps: steps must be one or more, got 0$/],
    [() => make([good], []), /the sites of step 1 must be one or more, got 0$/],
    [
      () => make([{ ...good, width: 1.5 }]),
      /width of step 0, site of 2 x 1 must be a whole number from 1, got 1.5$/,
    ],
    [
      () => make([{ ...good, keys: 3 }]),
      /keys of step 0, .* must be at least 4, where the last word ends, got 3$/,
    ],
    [() => make([{ ...good, keys: 7 }]), /the weights of step 0, .* must be \[2, 7\], 14 numbers, got 12$/],
    [
      () => make([good, siteOf(1, 1, () => NaN)]),
      /the weights of step 0, site of 1 x 1 must be finite numbers, got NaN/,
    ],
    [() => maps.map("cat"), /^Cannot find the attention map: the word must be one of the prompt, got "cat"/],
    [() => maps.overlay("reed", PICTURE), /Did you mean red\? The words are: 0 "red", 1 "dog's"\.$/],
    [() => maps.map(0, 2), /the step must be a whole number from 0 to 1, got 2$/],
    [() => maps.overlay(0, PICTURE, { step: -1 }), /the step must be a whole number from 0 to 1, got -1$/],
    [
      () => maps.sheet(PICTURE, { opacity: 2 }),
      /^Cannot draw the attention map: opacity must be a number from 0 to 1, got 2$/,
    ],
    [() => maps.sheet(PICTURE, { opacity: NaN }), /got NaN$/],
  ];
  for (const [act, message] of cases) {
    assert.throws(act, (error) => {
      assert.ok(error instanceof DomainError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("attention maps: of steps that do without the prompt there are none, and the others keep their numbers", () => {
  const size = { width: 2, height: 1 };
  const recorded = [1, 3].map((step) => ({ step, maps: [Float32Array.of(step, 0), Float32Array.of(0, 1)] }));
  const maps = attentionMapsOf({ words: WORDS, steps: 4, recorded, ...size });
  assert.deepEqual([maps.steps, maps.recorded, maps.cutOff], [4, [1, 3], []]);
  assert.deepEqual(maps.map("red"), Float32Array.of(2, 0));
  assert.deepEqual(maps.map("red", 3), Float32Array.of(3, 0));
  assert.throws(() => maps.sheet(PICTURE, { step: 0 }), /one of those recorded, 1, 3, got 0/);
  const { shape, data } = decodeNpy(maps.toNpy());
  assert.deepEqual([shape, Array.from(data)], [[2, 2, 1, 2], [1, 0, 0, 1, 3, 0, 0, 1]]);
});

Deno.test("attention maps: of no step the sheet is the picture, and a word has no map", () => {
  const maps = attentionMapsOf({ words: WORDS, steps: 2, recorded: [], width: 0, height: 0 });
  assert.deepEqual(maps.words, WORDS);
  const alone = contactSheet([PICTURE], { labels: ["the picture"] });
  assert.deepEqual(maps.sheet(PICTURE).data, alone.data);
  assert.deepEqual(decodeNpy(maps.toNpy()).shape, [0, 2, 0, 0]);
  for (const act of [() => maps.map("red"), () => maps.overlay(0, PICTURE)]) {
    assert.throws(act, (error) => error instanceof DomainError && /got "none of 2"/.test(error.message));
  }
  assert.throws(() => maps.sheet(PICTURE, { opacity: 2 }), DomainError);
});

Deno.test("attention maps: a word that was cut in two is shown with an ellipsis, and one cut off is named so", () => {
  const recorded = [{ step: 0, maps: [Float32Array.of(1), Float32Array.of(0.5)] }];
  const cutOff = [{ text: "dog's", tokens: [2, 5] }, { text: "Tail", tokens: [5, 6] }] as const;
  const input = { words: WORDS, steps: 1, recorded, width: 1, height: 1 };
  const maps = attentionMapsOf({ ...input, cutOff }), whole = attentionMapsOf(input);
  const spelt = attentionMapsOf({ ...input, words: [WORDS[0], { ...WORDS[1], text: "dog's…" }] });
  assert.deepEqual(maps.overlay("dog's", PICTURE).data, spelt.overlay(1, PICTURE).data);
  assert.deepEqual(maps.sheet(PICTURE).data, spelt.sheet(PICTURE).data);
  assert.notDeepEqual(maps.sheet(PICTURE).data, whole.sheet(PICTURE).data);
  assert.throws(
    () => maps.map("tail"),
    /got "tail"\. It was cut off, as the prompt is longer than the model reads\. The words are: 0 "red"/,
  );
});
