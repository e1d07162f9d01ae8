/** Each rule of shapes and of sizes: what it tells, and that a run agrees. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import { applyEdits, editGraph, type GraphEditor } from "../../../models/onnx/graph_editor.ts";
import { indexGraph } from "../../../models/onnx/graph_index.ts";
import { inferShapes } from "../../../models/onnx/graph_shapes.ts";
import { DataType, type GraphProto } from "../../../models/onnx/onnx_types.ts";
import { shapeRules } from "../../../models/onnx/shape_rules.ts";
import { sizeRules } from "../../../models/onnx/size_rules.ts";
import type { Shape, Size, Sizes } from "../../../models/onnx/symbolic_shape.ts";
import { inferValueTypes } from "../../../models/onnx/value_types.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { sizedFeeds } from "../../helpers/sized_feeds.ts";
import { inMemory } from "./sum_model.ts";

/** x [a, 4, b], y [1, b], z [a, 6], and u [c, 1, 1], of which c is 1 in every run and nobody is told so. */
const INPUTS: Readonly<Record<string, readonly (number | string)[]>> = {
  x: ["a", 4, "b"],
  y: [1, "b"],
  z: ["a", 6],
  u: ["c", 1, 1],
};

interface Case {
  readonly op: string;
  readonly write: (b: GraphEditor) => string;
  readonly shape?: Shape | undefined;
  readonly sizes?: Sizes | undefined;
}

const ints = (b: GraphEditor, ...values: number[]) => b.constant(values, "int64");
const ramp = (b: GraphEditor, ...dims: number[]) => {
  const values = Array.from({ length: dims.reduce((p, d) => p * d, 1) }, (_, i) => i / 8);
  return b.node("Reshape", [b.constant(values, "float32"), ints(b, ...dims)]);
};
const turned = (b: GraphEditor) => b.node("Transpose", ["x"], { perm: [0, 2, 1] });
const sizesOfX = (b: GraphEditor) => b.node("Shape", ["x"]);
const sizeA = (b: GraphEditor) => b.node("Slice", [sizesOfX(b), ints(b, 0), ints(b, 1)]);
const sizeB = (b: GraphEditor) => b.node("Gather", [sizesOfX(b), b.constant(-1, "int64")]);

const X: Shape = ["a", 4, "b"];
const UNARY = [
  "Cos",
  "Erf",
  "Identity",
  "Neg",
  "Reciprocal",
  "Relu",
  "Sigmoid",
  "Sin",
  "Softmax",
  "Sqrt",
  "Tanh",
];
const BINARY = ["Add", "Div", "Equal", "Less", "Mul", "Pow", "Sub"];

const SHAPES: readonly Case[] = [
  ...UNARY.map((op): Case => ({ op, write: (b) => b.node(op, ["x"]), shape: X })),
  ...BINARY.map((op): Case => ({ op, write: (b) => b.node(op, ["y", "x"]), shape: X })),
  { op: "Add", write: (b) => b.node("Add", ["x", "u"]), shape: [undefined, 4, "b"] },
  { op: "Mod", write: (b) => b.node("Mod", ["x", "y"], { fmod: 1 }), shape: X },
  { op: "Where", write: (b) => b.node("Where", [b.node("Less", ["y", "y"]), "y", "x"]), shape: X },
  { op: "Cast", write: (b) => b.node("Cast", ["x"], { to: DataType.INT64 }), shape: X },
  {
    op: "InstanceNormalization",
    write: (b) => b.node("InstanceNormalization", ["x", ramp(b, 4), ramp(b, 4)]),
    shape: X,
  },
  {
    op: "LayerNormalization",
    write: (b) => b.node("LayerNormalization", [turned(b), ramp(b, 4), ramp(b, 4)]),
    shape: ["a", "b", 4],
  },
  { op: "Concat", write: (b) => b.node("Concat", ["x", "x"], { axis: 1 }), shape: ["a", 8, "b"] },
  { op: "Concat", write: (b) => b.node("Concat", ["x", "x"], { axis: -1 }), shape: ["a", 4, undefined] },
  {
    op: "ConstantOfShape",
    write: (b) => b.node("ConstantOfShape", [b.node("Concat", [sizeA(b), ints(b, 3)], { axis: 0 })]),
    shape: ["a", 3],
  },
  { op: "Conv", write: (b) => b.node("Conv", ["x", ramp(b, 6, 4, 1)]), shape: ["a", 6, undefined] },
  {
    op: "Einsum",
    write: (b) => b.node("Einsum", ["x", "y"], { equation: "ijk,lk->ilj" }),
    shape: ["a", 1, 4],
  },
  {
    op: "Expand",
    write: (b) => b.node("Expand", ["y", b.node("Concat", [sizeA(b), ints(b, 4, 1)], { axis: 0 })]),
    shape: X,
  },
  {
    op: "Gather",
    write: (b) => b.node("Gather", ["x", b.constant(2, "int64")], { axis: 1 }),
    shape: ["a", "b"],
  },
  { op: "Gather", write: (b) => b.node("Gather", ["x", ints(b, 1, 0)], { axis: -2 }), shape: ["a", 2, "b"] },
  { op: "Gemm", write: (b) => b.node("Gemm", ["z", ramp(b, 6, 3)]), shape: ["a", 3] },
  { op: "Gemm", write: (b) => b.node("Gemm", ["z", ramp(b, 3, 6)], { transB: 1 }), shape: ["a", 3] },
  { op: "MatMul", write: (b) => b.node("MatMul", ["x", turned(b)]), shape: ["a", 4, 4] },
  { op: "MatMul", write: (b) => b.node("MatMul", ["y", turned(b)]), shape: ["a", 1, 4] },
  {
    op: "Range",
    write: (b) => b.node("Range", [b.constant(0, "int64"), sizeB(b), b.constant(1, "int64")]),
    shape: [undefined],
  },
  { op: "ReduceMean", write: (b) => b.node("ReduceMean", ["x", ints(b, -1)]), shape: ["a", 4, 1] },
  {
    op: "ReduceMean",
    write: (b) => b.node("ReduceMean", ["x", ints(b, -1)], { keepdims: 0 }),
    shape: undefined,
  },
  { op: "Reshape", write: (b) => b.node("Reshape", ["x", ints(b, 0, -1)]), shape: ["a", undefined] },
  {
    op: "Reshape",
    write: (b) => b.node("Reshape", ["x", b.node("Concat", [sizeA(b), ints(b, -1, 2)], { axis: 0 })]),
    shape: ["a", undefined, 2],
  },
  { op: "Shape", write: sizesOfX, shape: [3] },
  {
    op: "Slice",
    write: (b) => b.node("Slice", ["x", ints(b, 0), ints(b, 1), ints(b, -1)]),
    shape: ["a", 4, undefined],
  },
  { op: "Transpose", write: turned, shape: ["a", "b", 4] },
  { op: "Unsqueeze", write: (b) => b.node("Unsqueeze", ["x", ints(b, 0, -1)]), shape: [1, "a", 4, "b", 1] },
];

const list = (...items: Size[]): Sizes => ({ scalar: false, items });
const scalar = (item: Size): Sizes => ({ scalar: true, items: [item] });

const SIZES: readonly Case[] = [
  { op: "Shape", write: sizesOfX, sizes: list("a", 4, "b") },
  { op: "Shape", write: (b) => b.node("Shape", ["x"], { start: 1, end: -1 }), sizes: list(4) },
  { op: "Gather", write: sizeB, sizes: scalar("b") },
  { op: "Gather", write: (b) => b.node("Gather", [sizesOfX(b), ints(b, 2, 0)]), sizes: list("b", "a") },
  { op: "Slice", write: sizeA, sizes: list("a") },
  {
    op: "Slice",
    write: (b) => b.node("Slice", [sizesOfX(b), ints(b, -1), ints(b, -4), ints(b, 0), ints(b, -1)]),
    sizes: undefined,
  },
  {
    op: "Concat",
    write: (b) => b.node("Concat", [ints(b, -1), sizesOfX(b), b.node("Shape", ["u"])], { axis: 0 }),
    sizes: list(-1, "a", 4, "b", "c", 1, 1),
  },
  {
    op: "Concat",
    write: (b) => b.node("Concat", [b.node("Mul", [sizeA(b), ints(b, 2)]), sizeA(b)], { axis: 0 }),
    sizes: list(undefined, "a"),
  },
  {
    op: "Cast",
    write: (b) => b.node("Cast", [sizesOfX(b)], { to: DataType.INT64 }),
    sizes: list("a", 4, "b"),
  },
  {
    op: "Cast",
    write: (b) => b.node("Cast", [sizesOfX(b)], { to: DataType.FLOAT }),
    sizes: list(undefined, undefined, undefined),
  },
  { op: "Identity", write: (b) => b.node("Identity", [sizeB(b)]), sizes: scalar("b") },
  { op: "Reshape", write: (b) => b.node("Reshape", [sizeB(b), ints(b, -1)]), sizes: list("b") },
  { op: "Squeeze", write: (b) => b.node("Squeeze", [sizeA(b)]), sizes: scalar("a") },
  { op: "Unsqueeze", write: (b) => b.node("Unsqueeze", [sizeB(b), ints(b, 0)]), sizes: list("b") },
];

/** One graph with each case's value as an output. */
function graphOfCases() {
  const editor = editGraph(18), nodes = editor.begin("cases");
  const values = [...SHAPES, ...SIZES].map(({ write }) => write(editor));
  const input = Object.entries(INPUTS).map(([name, axes]) => ({
    name,
    type: {
      tensorType: {
        elemType: DataType.FLOAT,
        shape: {
          dim: axes.map((axis) => typeof axis === "string" ? { dimParam: axis } : { dimValue: axis }),
        },
      },
    },
  }));
  const bare: GraphProto = { name: "cases", node: nodes, initializer: [], input, output: [] };
  const graph = applyEdits(bare, new Map(), editor), typeOf = inferValueTypes(graph);
  const output = values.map((name) => ({ name, type: { tensorType: { elemType: typeOf(name) } } }));
  const opsetImport = [{ domain: "", version: 18 }];
  return { values, model: inMemory({ irVersion: 8, opsetImport, graph: { ...graph, output } }) };
}

const { values, model } = graphOfCases(), shapes = inferShapes(indexGraph(model));

Deno.test("shape rules: each is in a case here, and tells what the case says", () => {
  const opsOf = (cases: readonly Case[]) => [...new Set(cases.map(({ op }) => op))].sort();
  assert.deepEqual(opsOf(SHAPES), Object.keys(shapeRules).sort());
  assert.deepEqual(opsOf(SIZES), Object.keys(sizeRules).sort());
  const told = values.map((value, i) => i < SHAPES.length ? shapes.shapeOf(value) : shapes.sizesIn(value));
  assert.deepEqual(told, [...SHAPES.map(({ shape }) => shape), ...SIZES.map(({ sizes }) => sizes)]);
});

testOnDevices("shape rules: a run agrees, whatever its sizes", ["native"], async (device) => {
  await using runtime = await runtimeFor(device);
  await using session = await runtime.compile(encodeForSession(model), "cases");
  const check = async (sizes: Record<string, number>) => {
    const results = await session.run(sizedFeeds(model, sizes), values);
    const bound = (size: Size, actual: number) => typeof size === "string" ? sizes[size] : size ?? actual;
    for (const value of values) {
      const { shape, data } = results[value], numbers = Array.from(data as Iterable<number | bigint>, Number);
      const told = shapes.shapeOf(value), items = shapes.sizesIn(value)?.items;
      if (told) assert.deepEqual(shape, told.map((size, i) => bound(size, shape[i])), value);
      if (items) assert.deepEqual(numbers, items.map((size, i) => bound(size, numbers[i])), value);
    }
  };
  const size = fc.integer({ min: 1, max: 4 });
  await fc.assert(fc.asyncProperty(fc.record({ a: size, b: size, c: fc.constant(1) }), check));
});
