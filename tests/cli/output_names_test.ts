import assert from "node:assert/strict";
import { outputNames } from "../../cli/output_names.ts";

Deno.test("outputNames() numbers several pictures before the extension", () => {
  assert.deepEqual(outputNames("a.b/cat.png", "7", 1), ["a.b/cat.png"]);
  assert.deepEqual(outputNames("a.b/cat.PNG", "7", 2), ["a.b/cat-1.PNG", "a.b/cat-2.PNG"]);
});

Deno.test("outputNames() names after the seed by default", () => {
  assert.deepEqual(outputNames(undefined, "18446744073709551615", 1), ["winnow-18446744073709551615.png"]);
  assert.deepEqual(outputNames(undefined, "7", 3), ["winnow-7-1.png", "winnow-7-2.png", "winnow-7-3.png"]);
});
