import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { fromByteAlphabet, toByteAlphabet } from "../../../models/tokenizers/byte_alphabet.ts";
import { SD15_FILES } from "./tokenizer_folders.ts";

Deno.test("byte alphabet: there and back is the text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      (text) => assert.equal(fromByteAlphabet(toByteAlphabet(text)), text),
    ),
  );
});

Deno.test("byte alphabet: one printable character a byte, the vocabulary's own", () => {
  const vocabulary = SD15_FILES.vocabulary as Record<string, number>;
  // Every byte that UTF-8 can hold, and the order of CLIP's vocabulary: printable ones first.
  assert.equal(toByteAlphabet("a é"), "aĠÃ©");
  assert.equal(toByteAlphabet("\n\u00ad"), "ĊÂŃ");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const characters = [...toByteAlphabet(text)];
    assert.equal(characters.length, new TextEncoder().encode(text).length);
    assert.ok(characters.every((character) => character in vocabulary));
  }));
});

Deno.test("byte alphabet: broken UTF-8 becomes U+FFFD, foreign characters stay", () => {
  assert.equal(fromByteAlphabet("Ã"), "\uFFFD");
  assert.equal(fromByteAlphabet("a猫b"), "a猫b");
});
