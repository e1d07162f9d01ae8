import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { resolveSpecialTokens, splitAtTokens } from "../../../models/tokenizers/special_tokens.ts";
import { LEGACY_FILES, SD15_FILES, SDXL_2_FILES } from "./tokenizer_folders.ts";

const vocabulary = new Map(Object.entries(SD15_FILES.vocabulary as Record<string, number>));

Deno.test("special tokens: roles and ids of a folder that states them", () => {
  const { ids, extra, ...roles } = resolveSpecialTokens(SDXL_2_FILES, vocabulary);
  assert.deepEqual(roles, { bos: "<|startoftext|>", eos: "<|endoftext|>", unk: "<|endoftext|>", pad: "!" });
  assert.deepEqual(Object.fromEntries(ids), { "!": 0, "<|startoftext|>": 712, "<|endoftext|>": 713 });
  assert.equal(extra.size, 0);
});

Deno.test("special tokens: an older folder's roles, added tokens, and an id for what the vocabulary has not got", () => {
  const { ids, extra, pad } = resolveSpecialTokens(LEGACY_FILES, vocabulary);
  assert.equal(pad, "<pad>");
  const expected = {
    "<cat-toy>": 714,
    "Foo": 715,
    "<pad>": 716,
    "<|startoftext|>": 712,
    "<|endoftext|>": 713,
  };
  assert.deepEqual(Object.fromEntries(ids), expected);
  assert.deepEqual([...extra], ["<cat-toy>", "Foo"]);
});

Deno.test("special tokens: without any files, CLIP's own", () => {
  const { bos, eos, unk, pad } = resolveSpecialTokens({ folder: "x", config: {} }, vocabulary);
  assert.deepEqual([bos, eos, unk, pad], [
    "<|startoftext|>",
    "<|endoftext|>",
    "<|endoftext|>",
    "<|endoftext|>",
  ]);
});

Deno.test("special tokens: additional ones are matched too", () => {
  const config = { ...SD15_FILES.config, additional_special_tokens: ["<x>", { content: "<y>" }] };
  const { ids } = resolveSpecialTokens({ ...SD15_FILES, config }, vocabulary);
  assert.equal(ids.get("<x>"), 714);
  assert.equal(ids.get("<y>"), 715);
});

Deno.test("split at tokens: leftmost, then longest; the pieces joined are the text", () => {
  assert.deepEqual(splitAtTokens("a<x>b<x>>", ["<x>", "<x>>"]), ["a", "<x>", "b", "<x>>"]);
  assert.deepEqual(splitAtTokens("", ["a"]), []);
  assert.deepEqual(splitAtTokens("abc", []), ["abc"]);
  const text = fc.array(fc.constantFrom("a", "(", ".", "<x>", "$", "|", "\\", "猫", "😀")).map((pieces) =>
    pieces.join("")
  );
  fc.assert(fc.property(text, fc.uniqueArray(text.filter((token) => token !== "")), (text, tokens) => {
    const pieces = splitAtTokens(text, tokens);
    assert.equal(pieces.join(""), text);
    for (const piece of pieces) {
      if (!tokens.includes(piece)) assert.ok(tokens.every((token) => !piece.includes(token)));
    }
  }));
});
