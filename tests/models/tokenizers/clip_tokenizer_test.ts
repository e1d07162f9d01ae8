import assert from "node:assert/strict";
import { fromFileUrl } from "npm:deno-std@1.4.0/path/from_file_url.js";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import fc from "npm:fast-check@4.10.2";
import { BundleError } from "../../../errors.ts";
import { POCKET_BUNDLE_URL } from "../../../models/pocket/pocket_bundle.ts";
import { createClipTokenizer, DEFAULT_MAX_LENGTH } from "../../../models/tokenizers/clip_tokenizer.ts";
import type { TokenizerFiles } from "../../../models/tokenizers/tokenizer_files.ts";
import { fixture, loadGoldens } from "../../helpers/goldens.ts";
import { FAST_FILES, LEGACY_FILES, SD15_FILES, SDXL_2_FILES, slowFiles } from "./tokenizer_folders.ts";

interface Probe {
  text: string;
  ids: number[];
  padded: number[];
  fast_ids: number[];
}

interface Case {
  text: string;
  tokens: number;
  ids: number[];
  removed: string | null;
}

const POCKET_FILES = slowFiles(join(fromFileUrl(POCKET_BUNDLE_URL), "tokenizer"));
const PROBED: [string, string, TokenizerFiles][] = [
  ["sd15", "tokenizer", SD15_FILES],
  ["sdxl", "tokenizer", slowFiles(fixture("sdxl", "model", "tokenizer"))],
  ["sdxl", "tokenizer_2", SDXL_2_FILES],
  ["pocket", "tokenizer", POCKET_FILES],
];

for (const [family, name, files] of PROBED) {
  Deno.test(`tokenizer: every probe of ${family}/${name} has the ids of transformers' CLIPTokenizer`, async () => {
    const golden = loadGoldens(family).meta.tokenizers[name];
    const tokenizer = await createClipTokenizer(files);
    assert.equal(tokenizer.maxLength, golden.max_length);
    assert.equal(tokenizer.padId, golden.pad_token_id);
    assert.ok(golden.probes.length >= 4);
    for (const { text, ids, padded } of golden.probes as Probe[]) {
      const encoded = tokenizer.encode(text);
      assert.deepEqual(encoded.ids, padded, text);
      assert.equal(encoded.tokens, ids.length, text);
      assert.equal(encoded.truncated === undefined, ids.length <= tokenizer.maxLength, text);
      assert.equal(encoded.unknown, undefined);
    }
  });
}

Deno.test("tokenizer: words that training never showed are told where every known word is one token, and only there", async () => {
  const text = "A lighthouse, a CAT and two dragons at dawn: lighthouse!";
  const pocket = await createClipTokenizer(POCKET_FILES);
  assert.deepEqual(pocket.encode(text).unfamiliar, ["lighthouse", "dragons", "dawn"]);
  assert.equal(pocket.encode("a cat left of a rocket on a blue background").unfamiliar, undefined);
  assert.equal((await createClipTokenizer(SD15_FILES)).encode("supercalifragilistic").unfamiliar, undefined);
});

const GOLDENS: Record<string, Case[]> =
  JSON.parse(Deno.readTextFileSync(fixture("tokenizers", "goldens.json"))).sets;
const SETS = { sd15: SD15_FILES, sdxl_2: SDXL_2_FILES, legacy: LEGACY_FILES, fast: FAST_FILES };

for (const [set, files] of Object.entries(SETS)) {
  Deno.test(`tokenizer: random texts have the ids of transformers (${set}), and the text that is cut off`, async () => {
    const tokenizer = await createClipTokenizer(files);
    let cut = 0;
    for (const { text, tokens, ids, removed } of GOLDENS[set]) {
      const encoded = tokenizer.encode(text);
      assert.deepEqual(encoded.ids, ids, JSON.stringify(text));
      assert.equal(encoded.tokens, tokens, JSON.stringify(text));
      assert.equal(encoded.truncated ?? null, removed, JSON.stringify(text));
      if (removed !== null) cut++;
    }
    assert.ok(cut >= 10, `only ${cut} texts were long`);
  });
}

Deno.test("tokenizer: tokenizer.json alone gives the fast tokenizer's ids on every probe", async () => {
  const tokenizer = await createClipTokenizer(FAST_FILES);
  for (const { text, fast_ids } of loadGoldens("sd15").meta.tokenizers.tokenizer.probes as Probe[]) {
    const { ids, tokens } = tokenizer.encode(text);
    assert.equal(tokens, fast_ids.length, text);
    if (tokens <= tokenizer.maxLength) assert.deepEqual(ids.slice(0, tokens), fast_ids, text);
    else assert.deepEqual(ids, [...fast_ids.slice(0, tokenizer.maxLength - 1), fast_ids.at(-1)], text);
  }
});

Deno.test("tokenizer: laws of any text", async () => {
  for (const files of [SD15_FILES, LEGACY_FILES, POCKET_FILES, FAST_FILES]) {
    const tokenizer = await createClipTokenizer(files);
    const { maxLength, padId } = tokenizer;
    const [bos, eos] = tokenizer.encode("").ids;
    const piece = fc.constantFrom(
      "a",
      " ",
      "cat",
      "<|endoftext|>",
      "<|startoftext|>",
      "!",
      "<pad>",
      "猫",
      "😀",
      "İ",
      "'s",
      "7",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(piece, { maxLength: 100 }).map((p) => p.join("")),
    );
    fc.assert(
      fc.property(text, (text) => {
        const { ids, tokens, truncated } = tokenizer.encode(text);
        assert.equal(ids.length, maxLength);
        assert.equal(ids[0], bos);
        assert.equal(ids[Math.min(tokens, maxLength) - 1], eos);
        assert.ok(ids.slice(tokens).every((id) => id === padId));
        assert.equal(truncated !== undefined, tokens > maxLength);
        assert.deepEqual(tokenizer.encode(text), tokenizer.encode(text));
      }),
      { numRuns: 100 },
    );
  }
});

Deno.test("tokenizer: the second encoder of SDXL pads with its own token, and matches it in texts", async () => {
  const tokenizer = await createClipTokenizer(SDXL_2_FILES);
  const { ids } = tokenizer.encode("a!b");
  const eos = ids[4];
  assert.deepEqual(ids.slice(5), new Array(72).fill(0));
  assert.equal(ids[2], 0);
  assert.notEqual(eos, 0);
});

Deno.test("tokenizer: what a vocabulary has not got becomes the unknown token, and is told", async () => {
  const vocabulary = Object.fromEntries(
    Object.entries(SD15_FILES.vocabulary as Record<string, number>).filter(([token]) =>
      token !== "9" && token !== "9</w>"
    ),
  );
  const tokenizer = await createClipTokenizer({ ...SD15_FILES, vocabulary });
  const { ids, tokens, unknown } = tokenizer.encode("9 cats, 99");
  const unk = tokenizer.encode("").ids[1];
  assert.equal(ids[1], unk);
  assert.deepEqual(unknown, ["9"]);
  assert.equal(tokens, (await createClipTokenizer(SD15_FILES)).encode("9 cats, 99").tokens);
});

const without = (field: string) =>
  Object.fromEntries(Object.entries(SD15_FILES.config).filter(([name]) => name !== field));

Deno.test("tokenizer: the length is the files', else the encoder's, else CLIP's", async () => {
  const length = async (model_max_length: unknown, positions?: number) =>
    (await createClipTokenizer({
      ...SD15_FILES,
      config: { ...SD15_FILES.config, model_max_length },
      positions,
    })).maxLength;
  assert.equal(await length(20, 32), 20);
  assert.equal(await length(1e30, 32), 32);
  assert.equal(
    (await createClipTokenizer({ ...SD15_FILES, config: without("model_max_length"), positions: 32 }))
      .maxLength,
    32,
  );
  assert.equal(
    (await createClipTokenizer({ ...SD15_FILES, config: without("model_max_length") })).maxLength,
    DEFAULT_MAX_LENGTH,
  );
});

const VOCABULARY = SD15_FILES.vocabulary as Record<string, number>;
const changed = (config: Record<string, unknown>) => ({
  ...SD15_FILES,
  config: { ...SD15_FILES.config, ...config },
});
const BROKEN: [string, TokenizerFiles, RegExp][] = [
  [
    "a vocabulary that is a list",
    { ...SD15_FILES, vocabulary: ["a"] },
    /vocab\.json must be an object of tokens and ids/,
  ],
  ["an empty vocabulary", { ...SD15_FILES, vocabulary: {} }, /vocab\.json must be not empty/],
  [
    "an id that is text",
    { ...SD15_FILES, vocabulary: { ...VOCABULARY, a: "64" } },
    /vocab\.json: "a" must be an id.*got "64"/,
  ],
  ["an id below 0", { ...SD15_FILES, vocabulary: { ...VOCABULARY, a: -1 } }, /got -1/],
  ["a vocabulary without a token that merges make", {
    ...SD15_FILES,
    vocabulary: { ...VOCABULARY, in: undefined },
  }, /vocab\.json: "in" must be an id/],
  [
    "a vocabulary that is cut off",
    {
      ...SD15_FILES,
      vocabulary: Object.fromEntries(Object.entries(VOCABULARY).filter(([token]) => token !== "in")),
    },
    /vocab\.json must be a vocabulary with every token that merges\.txt makes, got "none for in"/,
  ],
  [
    "merges of one part",
    { ...SD15_FILES, merges: "#version: 0.2\ni n\nth\n" },
    /line 3 of .*merges\.txt must be two tokens.*got "th"/,
  ],
  ["merges of three parts", { ...SD15_FILES, merges: "#version: 0.2\ni n g\n" }, /line 2 of .*got "i n g"/],
  [
    "empty merges",
    { ...SD15_FILES, merges: "" },
    /merges\.txt must be merges that make every token of vocab\.json/,
  ],
  [
    "merges that are cut off",
    { ...SD15_FILES, merges: SD15_FILES.merges!.slice(0, 600).replace(/\n[^\n]*$/, "\n") },
    /merges\.txt must be merges that make every token/,
  ],
  ["merges that are a web page", { ...SD15_FILES, merges: "<html>\n<body>\n" }, /line 2 of .*merges\.txt/],
  [
    "another class",
    changed({ tokenizer_class: "T5Tokenizer" }),
    /tokenizer_class must be CLIPTokenizer or CLIPTokenizerFast, got "T5Tokenizer"/,
  ],
  ["padding on the left", changed({ padding_side: "left" }), /padding_side must be "right"/],
  ["truncation on the left", changed({ truncation_side: "left" }), /truncation_side must be "right"/],
  [
    "no room for two tokens",
    changed({ model_max_length: 1 }),
    /model_max_length must be an integer of 2 or more.*got 1/,
  ],
  ["half a length", changed({ model_max_length: 7.5 }), /got 7\.5/],
  [
    "a token that is a number",
    changed({ pad_token: 7 }),
    /tokenizer_config\.json: pad_token must be a token.*got 7/,
  ],
  [
    "an added token that is none",
    changed({ added_tokens_decoder: { 5: 5 } }),
    /added_tokens_decoder\.5 must be a token/,
  ],
  [
    "an added id that is none",
    changed({ added_tokens_decoder: { x: { content: "y" } } }),
    /added_tokens_decoder\.x must be an id/,
  ],
  [
    "added tokens of one id",
    { ...LEGACY_FILES, addedTokens: { p: 800, q: 800 } },
    /different ids, got "p and q, both 800"/,
  ],
  [
    "a token for whole words only",
    changed({ added_tokens_decoder: { 800: { content: "y", single_word: true } } }),
    /single_word must be false/,
  ],
  [
    "no files",
    { folder: "X", config: {} },
    /X must be a folder with vocab\.json and merges\.txt, or with tokenizer\.json/,
  ],
  [
    "a tokenizer.json of another kind",
    { ...FAST_FILES, tokenizerJson: { model: { type: "Unigram" } } },
    /model\.type is BPE, got "Unigram"/,
  ],
  [
    "a tokenizer.json that is half there",
    { ...FAST_FILES, tokenizerJson: { model: { type: "BPE" } } },
    /tokenizer\.json must be a tokenizer in the format of/,
  ],
  ["a tokenizer.json without the pad token", {
    ...FAST_FILES,
    config: { ...FAST_FILES.config, pad_token: "<pad>" },
  }, /with the pad token <pad>/],
];

for (const [name, files, message] of BROKEN) {
  Deno.test(`tokenizer: ${name} is an error that names the file`, async () => {
    await assert.rejects(createClipTokenizer(files), (error) => {
      assert.ok(error instanceof BundleError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}
