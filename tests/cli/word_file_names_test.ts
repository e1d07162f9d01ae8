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

Deno.test("wordFileNames() gives names that no file system takes for one another, or for nothing", () => {
  assert.deepEqual(wordFileNames(["a/b", "..", "con", "A\\B", "x".repeat(300)]), [
    "a-b-1",
    "u002e-u002e",
    "con",
    "a-b-2",
    "x".repeat(40),
  ]);
  // an emoji's variation selector, or an accent without its letter, would not be seen
  assert.deepEqual(wordFileNames(["❤\ufe0f", "\u0301", "❤\ufe0fcat", "cat❤\ufe0f"]), [
    "u2764-ufe0f",
    "u0301",
    "cat-1",
    "cat-2",
  ]);
  // the long s and the Kelvin sign are S and K where case does not count; accents are spelt in two ways
  assert.deepEqual(wordFileNames(["sun", "\u017fun", "K", "\u212a", "\u00e9", "e\u0301"]), [
    "sun-1",
    "\u017fun-2",
    "k-1",
    "k-2",
    "\u00e9-1",
    "\u00e9-2",
  ]);
  const word = fc.oneof(
    fc.constantFrom(
      "s",
      "S",
      "\u017f",
      "s-1",
      "ß",
      "SS",
      "ΑΣ",
      "ας",
      "ασ",
      "e\u0301",
      "É",
      "İ",
      "i\u0307",
      "❤\ufe0f",
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 60 }),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 12 }), (words) => {
    const names = wordFileNames(words, ["maps"]);
    for (const fold of ["toUpperCase", "toLowerCase"] as const) {
      for (const form of ["NFC", "NFD"]) {
        const folded = new Set(["maps", ...names].map((name) => name[fold]().normalize(form)));
        assert.equal(folded.size, names.length + 1, `${fold} ${form}: ${names}`);
      }
    }
    for (const name of names) assert.match(name, /^[\p{L}\p{N}]/u);
  }));
});
