import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { parsePythonJson } from "../../../models/bundle/python_json.ts";

Deno.test("python json: strict JSON reads as JSON.parse reads it", () => {
  fc.assert(fc.property(fc.json(), (text) => assert.deepEqual(parsePythonJson(text), JSON.parse(text))));
});

Deno.test("python json: what diffusers writes for DPM-Solver", () => {
  const text =
    '{\n  "_class_name": "DPMSolverMultistepScheduler",\n  "lambda_min_clipped": -Infinity,\n  "x": [Infinity,NaN]\n}\n';
  assert.deepEqual(parsePythonJson(text), {
    _class_name: "DPMSolverMultistepScheduler",
    lambda_min_clipped: -Infinity,
    x: [Infinity, NaN],
  });
});

Deno.test("python json: round trip of any value, written as Python writes it", () => {
  const python = (value: unknown): string => {
    if (typeof value === "number") return Object.is(value, -0) ? "-0.0" : String(value);
    if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    return `{${
      Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${python(item)}`).join(", ")
    }}`;
  };
  const word = fc.constantFrom(
    "NaN",
    "Infinity",
    "-Infinity",
    ": NaN,",
    '"NaN"',
    "\\",
    '\\"Infinity',
    "'NaN'",
  );
  const leaf = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), word);
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("tree")),
      fc.dictionary(fc.oneof(fc.string(), word), tie("tree")),
    ),
  }));
  const plain = (value: unknown) => structuredClone(value); // dictionaries without a prototype become plain
  fc.assert(
    fc.property(tree, (value) => assert.deepEqual(plain(parsePythonJson(python(value))), plain(value))),
  );
});

Deno.test("python json: what neither JSON nor Python reads is a syntax error", () => {
  const broken = [
    "",
    "{",
    "[NaN",
    "-NaN",
    "+Infinity",
    "Infinity5",
    "1Infinity",
    "InfinityNaN",
    "NaN.5",
    "nan",
    "[1,]",
  ];
  for (const text of [...broken, "<!DOCTYPE html>", '{"a": Infinit}', "{NaN: 1}", '{"a": "\nNaN"}']) {
    assert.throws(() => parsePythonJson(text), SyntaxError, text);
  }
});
