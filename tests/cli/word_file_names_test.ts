import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { wordFileNames } from "../../cli/word_file_names.ts";

Deno.test("wordFileNames() keeps letters and digits, and numbers words that would be alike", () => {
  assert.deepEqual(wordFileNames(["a", "red", "cat", "A", "1girl"]), ["a-1", "red", "cat", "a-2", "1girl"]);
  assert.deepEqual(wordFileNames(["dog's", "../etc", "b:c", "猫", "naïve"]), [
    "dog-s",
    "etc",
    "b-c",
    "猫",
    "naïve",
  ]);
});

Deno.test("wordFileNames() names signs by their code points", () => {
  assert.deepEqual(wordFileNames([",", "😀", "!?", ","]), ["u002c-1", "u1f600", "u0021-u003f", "u002c-2"]);
});

Deno.test("wordFileNames() gives no name twice, and none that is taken", () => {
  assert.deepEqual(wordFileNames(["maps", "Maps"], ["maps"]), ["maps-1", "maps-2"]);
  assert.deepEqual(wordFileNames(["a", "a", "a-1"]), ["a-2", "a-3", "a-1"]);
  const word = fc.oneof(
    fc.constantFrom("a", "A", "a-1", "a-2", "maps", ",", "a!"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 300 }),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 12 }), (words) => {
    const names = wordFileNames(words, ["maps"]);
    assert.equal(names.length, words.length);
    assert.equal(new Set(["maps", ...names]).size, names.length + 1);
    for (const name of names) {
      assert.match(name, /^[\p{L}\p{M}\p{N}-]+$/u);
      assert.ok(new TextEncoder().encode(name).length < 200);
    }
  }));
});
