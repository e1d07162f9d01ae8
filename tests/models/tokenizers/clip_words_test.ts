import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { cleanClipText, splitClipWords } from "../../../models/tokenizers/clip_words.ts";
import { sha256Hex } from "../../../models/bundle/file_digest.ts";
import { fixture } from "../../helpers/goldens.ts";

interface CodePoints {
  /** The version of Unicode that Python's is. */
  unicode: string;
  /** First and last of runs that it has not assigned; a later version may have. */
  unassigned: [number, number][];
  /** By the first of 256 code points, in hex: a hash of what Python makes of all of them. */
  hashes: Record<string, string>;
}

const SURROGATE = /\p{Cs}/u;

Deno.test("clip words: every code point that Python knows is cleaned and split as Python does it", async () => {
  const golden: CodePoints = JSON.parse(Deno.readTextFileSync(fixture("tokenizers", "code_points.json")));
  const unassigned = new Set<number>();
  for (const [first, last] of golden.unassigned) {
    for (let code = first; code <= last; code++) unassigned.add(code);
  }
  const wrong: string[] = [];
  let compared = 0;
  for (const [block, hash] of Object.entries(golden.hashes)) {
    let all = "";
    for (let code = parseInt(block, 16), i = 0; i < 256; code++, i++) {
      const c = String.fromCodePoint(code);
      if (unassigned.has(code) || SURROGATE.test(c)) continue;
      const words = splitClipWords(cleanClipText(`Ab${c}Cd ${c} '${c}1${c}!${c}'s`));
      all += words.join("\x01") + "\x02";
      compared++;
    }
    if ((await sha256Hex(new TextEncoder().encode(all))).slice(0, 16) !== hash) wrong.push(block);
  }
  assert.deepEqual(wrong, []);
  assert.ok(compared > 140_000, `${compared} code points`);
});

Deno.test("clip words: cleaning a clean text changes nothing, but that lower case can compose where a capital did not", () => {
  const letters = fc.constantFrom(
    "H\u0331",
    "J\u030C",
    "İ",
    "\u0316",
    "Σ",
    "Σ ",
    "猫",
    "\u0345",
    "é",
    "E\u0301",
    "\uF900",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 50 }),
    fc.array(letters, { maxLength: 8 }).map((p) => p.join("")),
  );
  fc.assert(
    fc.property(text, (text) => {
      const once = cleanClipText(text), twice = cleanClipText(once);
      if (once.normalize("NFC") === once) assert.equal(twice, once);
      assert.equal(cleanClipText(twice), twice);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("clip words: a clean text has single spaces only, inside, and no control characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
      assert.doesNotMatch(cleanClipText(text), /^\s|\s$|\s\s|[^\S ]|\p{C}|\uFFFD/u);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("clip words: words are pieces of the text in order, and only spaces and iota subscripts are dropped", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
      const clean = cleanClipText(text);
      assert.equal(splitClipWords(clean).join(""), clean.replace(/[\s\u0345]/gu, ""));
    }),
    { numRuns: 1000 },
  );
});
