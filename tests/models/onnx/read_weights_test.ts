import assert from "node:assert/strict";
import { GraphError } from "../../../errors.ts";
import { encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { indexGraph } from "../../../models/onnx/graph_index.ts";
import { readOnnx } from "../../../models/onnx/read_onnx.ts";
import { isZeroWeight, readWeight } from "../../../models/onnx/read_weights.ts";
import { inMemory, sumModel, weight } from "./sum_model.ts";

const LONG = 3e5; // more than one piece of a range
const zeros = new Array<number>(LONG).fill(0);
const model = readOnnx(
  encodeOnnx(inMemory(sumModel([
    weight("few zeros", [0, 0]),
    weight("few", [0, 1]),
    weight("zeros", zeros),
    weight("one at the end", zeros.with(-1, 1)),
    { name: "typed", dims: [1], dataType: 1, floatData: [0] },
  ]))),
  "sum.onnx",
);

Deno.test("isZero: initializers in the graph and in files; others are not known to be zero", () => {
  const index = indexGraph(model);
  const names = ["few zeros", "few", "zeros", "one at the end", "typed", "x", "y"];
  assert.deepEqual(names.filter((name) => index.isZero(name)), ["few zeros", "zeros"]);
});

Deno.test("readWeight: numbers in other fields are not raw data", () => {
  const [, few, , last, typed] = model.proto.graph.initializer;
  assert.deepEqual([...readWeight(few, model) ?? []], [0, 0, 0, 0, 0, 0, 128, 63]);
  assert.equal(readWeight(last, model)?.length, 4 * LONG);
  assert.equal(readWeight(typed, model), undefined);
});

Deno.test("a tensor of another model is a GraphError that says so", () => {
  const [, , tensor] = model.proto.graph.initializer;
  for (const read of [readWeight, isZeroWeight]) {
    assert.throws(() => read(tensor, inMemory(model.proto)), (error: Error) =>
      error instanceof GraphError &&
      /made\.onnx: its weights must be in one of no files, got .* Give a graph the weights/.test(
        error.message,
      ));
  }
});
