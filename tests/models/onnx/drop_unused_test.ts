import assert from "node:assert/strict";
import { dropUnused } from "../../../models/onnx/drop_unused.ts";
import type { GraphProto, NodeProto } from "../../../models/onnx/onnx_types.ts";

const node = (opType: string, input: string[], output: string[], body?: GraphProto): NodeProto => ({
  opType,
  input,
  output,
  attribute: body ? [{ name: "body", g: body }] : [],
});

const graph = (nodes: NodeProto[], outputs: string[], weights: string[] = []): GraphProto => ({
  node: nodes,
  initializer: weights.map((name) => ({ name })),
  input: [{ name: "x" }],
  output: outputs.map((name) => ({ name })),
});

const opTypes = ({ node }: GraphProto) => node.map(({ opType }) => opType);

Deno.test("dropUnused keeps what an output depends on, in its order, and drops the rest", () => {
  const dropped = dropUnused(graph(
    [
      node("Relu", ["x"], ["a"]),
      node("Exp", ["x"], ["lost"]),
      node("Mul", ["a", "w"], ["b"]),
      node("Add", ["lost", "v"], ["also lost"]),
      node("Split", ["b"], ["y", "unread"]),
    ],
    ["y"],
    ["w", "v"],
  ));
  assert.deepEqual(opTypes(dropped), ["Relu", "Mul", "Split"]);
  assert.deepEqual(dropped.initializer.map(({ name }) => name), ["w"]);
  assert.deepEqual(dropped.input, [{ name: "x" }]);
});

Deno.test("dropUnused keeps what a body takes from outside, as an operand or as its result", () => {
  const inner = graph([node("Add", ["captured", "w"], ["inside"])], ["inside", "passed on"]);
  const kept = dropUnused(graph(
    [
      node("Relu", ["x"], ["captured"]),
      node("Exp", ["x"], ["passed on"]),
      node("Loop", [], ["y"], graph([node("If", ["x"], ["z"], inner)], ["z"])),
    ],
    ["y"],
    ["w"],
  ));
  assert.deepEqual(opTypes(kept), ["Relu", "Exp", "Loop"]);
  assert.equal(kept.initializer.length, 1);
});
