import assert from "node:assert/strict";
import { DomainError } from "../../errors.ts";
import { findWord } from "../../pipeline/find_word.ts";

const WORDS = ["A", "red", "cat", "a", "café"].map((text, i) => ({ text, tokens: [i + 1, i + 2] as const }));

Deno.test("findWord() takes a place, or a text in capitals or not, of which the first counts", () => {
  assert.equal(findWord(WORDS, 3), 3);
  assert.equal(findWord(WORDS, "a"), 0);
  assert.equal(findWord(WORDS, "CAT"), 2);
  assert.equal(findWord(WORDS, "cafe\u0301"), 4);
});

Deno.test("findWord() says which words there are, and which was probably meant", () => {
  const list = 'The words are: 0 "A", 1 "red", 2 "cat", 3 "a", 4 "café".';
  const cases: [number | string, string][] = [
    ["cats", `the word must be one of the prompt, got "cats". Did you mean cat? ${list}`],
    ["helicopter", `the word must be one of the prompt, got "helicopter". ${list}`],
    [5, `the word must be a whole number from 0 to 4, got 5. ${list}`],
    [-1, `the word must be a whole number from 0 to 4, got -1. ${list}`],
    [0.5, `the word must be a whole number from 0 to 4, got 0.5. ${list}`],
    [NaN, `the word must be a whole number from 0 to 4, got NaN. ${list}`],
  ];
  for (const [word, message] of cases) {
    assert.throws(() => findWord(WORDS, word), (error) => {
      assert.ok(error instanceof DomainError);
      assert.equal(error.message, `Cannot find the attention map: ${message}`);
      return true;
    });
  }
  assert.throws(
    () => findWord([], 0),
    /the word must be one of the prompt, got 0\. The prompt has no words\.$/,
  );
});
