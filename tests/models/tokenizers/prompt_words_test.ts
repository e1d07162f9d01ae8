import assert from "node:assert/strict";
import { fromFileUrl } from "npm:deno-std@1.4.0/path/from_file_url.js";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import fc from "npm:fast-check@4.10.2";
import { POCKET_BUNDLE_URL } from "../../../models/pocket/pocket_bundle.ts";
import { type ClipTokenizer, createClipTokenizer } from "../../../models/tokenizers/clip_tokenizer.ts";
import { cutWords, withoutEdges } from "../../../models/tokenizers/prompt_words.ts";
import { fixture } from "../../helpers/goldens.ts";
import { FAST_FILES, LEGACY_FILES, SD15_FILES, SDXL_2_FILES, slowFiles } from "./tokenizer_folders.ts";

const SETS = { sd15: SD15_FILES, sdxl_2: SDXL_2_FILES, legacy: LEGACY_FILES, fast: FAST_FILES };
const POCKET_FILES = slowFiles(join(fromFileUrl(POCKET_BUNDLE_URL), "tokenizer"));

/** Words, and what their text is. */
const EDGELESS: Record<string, string> = {
  "The": "The",
  "dog's": "dog's",
  "“red,”": "red",
  "cat!": "cat",
  ",": ",",
  "(b-c)": "b-c",
  "...": "...",
  "'tis": "tis",
  "\"Rock'n'roll\"?!": "Rock'n'roll",
};

/** The words' texts, each with how many tokens it became. */
function shown(tokenizer: ClipTokenizer, text: string): [string, number][] {
  return tokenizer.encode(text).words.map(({ text, tokens: [from, to] }) => [text, to - from]);
}

/** Fails unless the words' tokens follow one another from the start token to the end token. */
function checkWords(tokenizer: ClipTokenizer, text: string): void {
  const { words, tokens } = tokenizer.encode(text);
  let next = 1;
  for (const word of words) {
    assert.equal(word.tokens[0], next, JSON.stringify(text));
    assert.ok(word.tokens[1] > word.tokens[0], JSON.stringify(text));
    assert.notEqual(word.text, "", JSON.stringify(text));
    next = word.tokens[1];
  }
  assert.equal(next, Math.min(tokens, tokenizer.maxLength) - 1, JSON.stringify(text));
}

Deno.test("prompt words: a word is what stands between white space, and has all of its tokens", async () => {
  const pocket = await createClipTokenizer(POCKET_FILES);
  assert.deepEqual(pocket.encode("a cat left of a rocket").words, [
    { text: "a", tokens: [1, 2] },
    { text: "cat", tokens: [2, 3] },
    { text: "left", tokens: [3, 4] },
    { text: "of", tokens: [4, 5] },
    { text: "a", tokens: [5, 6] },
    { text: "rocket", tokens: [6, 7] },
  ]);
  assert.deepEqual(pocket.encode("").words, []);
  assert.deepEqual(pocket.encode(" \n\u200b ").words, []);
});

for (const [set, files] of Object.entries(SETS)) {
  Deno.test(`prompt words: punctuation belongs to its word, and to no word's text but its own (${set})`, async () => {
    const tokenizer = await createClipTokenizer(files);
    const alone = (text: string) => tokenizer.encode(text).tokens - 2;
    for (const text of [" The dog's  “red,”\t", "cat! , (b-c) ...", "'tis \n \"Rock'n'roll\"?!"]) {
      const words = text.trim().split(/\s+/);
      assert.deepEqual(shown(tokenizer, text), words.map((word) => [EDGELESS[word], alone(word)]));
    }
  });

  Deno.test(`prompt words: those of random texts cover every token between start and end (${set})`, async () => {
    const tokenizer = await createClipTokenizer(files);
    const { sets } = JSON.parse(Deno.readTextFileSync(fixture("tokenizers", "goldens.json")));
    for (const { text } of sets[set]) checkWords(tokenizer, text);
    const piece = fc.constantFrom(
      ..."a, ,  ,cat,<|endoftext|>,<|STARTOFTEXT|>,!,<pad>,<cat-toy>,猫,😀,İ,'s,7,ͅ,\u200b,\u0301,Σ".split(
        ",",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 100 }),
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("")),
    );
    fc.assert(fc.property(text, (text) => checkWords(tokenizer, text)), { numRuns: 200 });
  });

  Deno.test(`prompt words: the tokens of a word are those that it has alone (${set})`, async () => {
    const tokenizer = await createClipTokenizer(files);
    const word = fc.constantFrom(
      "a",
      "Cat",
      "dog's",
      "red,",
      "...",
      "8k",
      "naïve",
      "(best:1.2)",
      "ΟΔΟΣ",
      "!",
      "mississippi",
    );
    fc.assert(fc.property(fc.array(word, { maxLength: 7 }), (words) => {
      const { ids, words: found } = tokenizer.encode(words.join(" "));
      let used = 0;
      for (const [i, word] of words.entries()) {
        const alone = tokenizer.encode(word);
        const own = alone.ids.slice(1, alone.tokens - 1);
        used += own.length;
        if (used > tokenizer.maxLength - 2) return;
        assert.equal(found[i].text, withoutEdges(word));
        assert.deepEqual(ids.slice(...found[i].tokens), own);
      }
      assert.equal(found.length, words.length);
    }));
  });
}

Deno.test("prompt words: special tokens are parts of the words in which they stand", async () => {
  const sdxl = await createClipTokenizer(SDXL_2_FILES); // where "!" is a token of its own
  assert.deepEqual(shown(sdxl, "a!! b"), [["a", 3], ["b", 1]]);
  const legacy = await createClipTokenizer(LEGACY_FILES);
  assert.deepEqual(shown(legacy, "a <cat-toy>, Foo"), [["a", 1], ["<cat-toy>", 2], ["Foo", 1]]);
});

Deno.test("prompt words: each ideograph is a word, as the tokenizer sets it apart; what is dropped is none", async () => {
  const tokenizer = await createClipTokenizer(SD15_FILES);
  const { words } = tokenizer.encode("ca\u200bt 日本, \u0345 e\u0301");
  assert.deepEqual(words.map(({ text }) => text), ["cat", "日", "本", ",", "é"]);
});

Deno.test("prompt words: what is beyond the context is cut off, within a word too", async () => {
  const tokenizer = await createClipTokenizer({
    ...SD15_FILES,
    config: { ...SD15_FILES.config, model_max_length: 6 },
  });
  const whole = (await createClipTokenizer(SD15_FILES)).encode("a 1234567 b").words;
  assert.deepEqual(whole.map(({ tokens }) => tokens), [[1, 2], [2, 9], [9, 10]]);
  assert.deepEqual(tokenizer.encode("a 1234567 b").words, [
    { text: "a", tokens: [1, 2] },
    { text: "1234567", tokens: [2, 5] },
  ]);
  assert.deepEqual(cutWords(whole, 1), []);
});

Deno.test("prompt words: a tokenizer.json that looks across white space has one word", async () => {
  const json = structuredClone(FAST_FILES.tokenizerJson) as { normalizer: { normalizers: unknown[] } };
  json.normalizer.normalizers.push({ type: "Replace", pattern: { String: " " }, content: "_" });
  const tokenizer = await createClipTokenizer({ ...FAST_FILES, tokenizerJson: json });
  const { words, tokens } = tokenizer.encode("a cat, too.");
  assert.deepEqual(words, [{ text: "a cat, too", tokens: [1, tokens - 1] }]);
});

Deno.test("prompt words: what is cut off is told, with a word that was cut in two", async () => {
  const config = { ...SD15_FILES.config, model_max_length: 6 };
  const tokenizer = await createClipTokenizer({ ...SD15_FILES, config });
  assert.deepEqual(tokenizer.encode("a 1234567 b").cutOff, [
    { text: "1234567", tokens: [2, 9] },
    { text: "b", tokens: [9, 10] },
  ]);
  assert.deepEqual(tokenizer.encode("a 123 b").cutOff, [{ text: "b", tokens: [5, 6] }]);
  assert.ok(!("cutOff" in tokenizer.encode("a 123")));
  const word = fc.constantFrom("a", "Cat,", "123", "!", "...", "mississippi");
  fc.assert(fc.property(fc.array(word, { maxLength: 9 }), (words) => {
    const { words: read, cutOff = [], tokens } = tokenizer.encode(words.join(" "));
    const { maxLength } = tokenizer;
    const halved = read.length > 0 && cutOff[0]?.tokens[0] === read.at(-1)!.tokens[0] ? 1 : 0;
    assert.deepEqual(
      [...read.slice(0, read.length - halved), ...cutOff].map(({ text }) => text),
      words.map(withoutEdges),
      "every word is read, or cut off, or both if it was halved",
    );
    assert.equal(cutOff.length > 0, tokens > maxLength);
    assert.ok(cutOff.every(({ tokens: [, to] }) => to > maxLength - 1));
  }));
});
