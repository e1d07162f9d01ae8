/** Axes as one writes them. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { UsageError } from "../../errors.ts";
import { axisValueText, parseAxis } from "../../evaluation/axis_text.ts";

Deno.test("parseAxis() reads numbers, words, lists and objects", () => {
  assert.deepEqual(parseAxis("attention.lambda=0,1,1.5"), { path: "attention.lambda", values: [0, 1, 1.5] });
  assert.deepEqual(parseAxis("scheduler.solver = euler, ddim "), {
    path: "scheduler.solver",
    values: ["euler", "ddim"],
  });
  assert.deepEqual(parseAxis('attention.sites=all,["down"],["mid","up"]').values, [
    "all",
    ["down"],
    ["mid", "up"],
  ]);
  assert.deepEqual(parseAxis('attention={"kind":"dense"},{"kind":"pladis","sites":["up","mid"]}').values, [
    { kind: "dense" },
    { kind: "pladis", sites: ["up", "mid"] },
  ]);
  assert.deepEqual(parseAxis('model.source="a,b","c\\"],d",http://x/?y=1').values, [
    "a,b",
    'c"],d',
    "http://x/?y=1",
  ]);
  assert.deepEqual(parseAxis("x=true,null,-1e3").values, [true, null, -1000]);
});

Deno.test("what axisValueText() writes, parseAxis() reads, for any plain data", () => {
  const values = fc.uniqueArray(fc.jsonValue({ noUnicodeString: false }), {
    minLength: 1,
    maxLength: 5,
    selector: (value) => JSON.stringify(value),
  }).map((list) => JSON.parse(JSON.stringify(list)));
  fc.assert(
    fc.property(values, (list) => {
      assert.deepEqual(parseAxis(`a.b=${list.map(axisValueText).join(",")}`), { path: "a.b", values: list });
    }),
    { numRuns: 2000, examples: [[["", 0]], [["a[", "]b"]], [[" a", 'b"', "1", "true"]]] },
  );
});

Deno.test("parseAxis() says what is wrong", () => {
  for (const text of ["", "x", "=1", "a b=1", "x=", "x=1,", "x=,1", "x=1,,2", "x= "]) {
    assert.throws(() => parseAxis(text), (error: Error) => {
      assert.ok(error instanceof UsageError, text);
      assert.match(
        error.message,
        /Write a field of the recipe and its values, such as attention.lambda=0,1,2/,
      );
      return true;
    });
  }
});
