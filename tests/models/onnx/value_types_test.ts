import assert from "node:assert/strict";
import { AttributeType, DataType, type GraphProto, type NodeProto } from "../../../models/onnx/onnx_types.ts";
import { readOnnx } from "../../../models/onnx/read_onnx.ts";
import { inferValueTypes } from "../../../models/onnx/value_types.ts";
import { fixture } from "../../helpers/goldens.ts";

const { FLOAT, FLOAT16, INT64, BOOL } = DataType;

function node(
  opType: string,
  input: string[],
  output: string[],
  attribute: NodeProto["attribute"] = [],
): NodeProto {
  return { opType, input, output, attribute };
}

function graph(nodes: NodeProto[]): GraphProto {
  const input = (name: string, elemType: number) => ({ name, type: { tensorType: { elemType } } });
  return {
    node: nodes,
    input: [input("x", FLOAT), input("h", FLOAT16), input("i", INT64)],
    output: [],
    initializer: [{ name: "w", dataType: FLOAT16, dims: [1] }],
  };
}

Deno.test("inferValueTypes: most nodes give what they take", () => {
  const types = inferValueTypes(graph([node("Add", ["x", "x"], ["a"]), node("MatMul", ["w", "h"], ["b"])]));
  assert.deepEqual(["a", "b", "w", "x"].map(types), [FLOAT, FLOAT16, FLOAT16, FLOAT]);
});

Deno.test("inferValueTypes: sizes, comparisons, casts, choices and second outputs", () => {
  const to = { name: "to", type: AttributeType.INT, i: FLOAT };
  const types = inferValueTypes(graph([
    node("Shape", ["h"], ["shape"]),
    node("Less", ["x", "x"], ["less"]),
    node("Cast", ["w"], ["cast"], [to]),
    node("Where", ["less", "h", "h"], ["chosen"]),
    node("TopK", ["x", "i"], ["values", "indices"]),
    node("Gather", ["h", "i"], ["gathered"]),
    node("ConstantOfShape", ["shape"], ["zeros"]),
  ]));
  const names = ["shape", "less", "cast", "chosen", "values", "indices", "gathered", "zeros"];
  assert.deepEqual(names.map(types), [INT64, BOOL, FLOAT, FLOAT16, FLOAT, INT64, FLOAT16, FLOAT]);
});

Deno.test("inferValueTypes: what a branch gives is not told", () => {
  const types = inferValueTypes(graph([node("If", ["x"], ["y"]), node("Relu", ["y"], ["z"])]));
  assert.deepEqual([types("y"), types("z"), types("nothing")], [undefined, undefined, undefined]);
});

for (const family of ["sd15", "sdxl"]) {
  Deno.test(`inferValueTypes: every value of ${family}'s denoiser has a type`, () => {
    const path = fixture(family, "model", "unet", "model.onnx");
    const { proto } = readOnnx(Deno.readFileSync(path), path);
    const types = inferValueTypes(proto.graph);
    const missing = proto.graph.node.flatMap(({ output }) => output).filter((value) =>
      types(value) === undefined
    );
    assert.deepEqual(missing, []);
  });
}
