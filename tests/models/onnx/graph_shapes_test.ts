/** What is told of shapes holds in every run. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import { indexGraph } from "../../../models/onnx/graph_index.ts";
import { type GraphShapes, inferShapes } from "../../../models/onnx/graph_shapes.ts";
import { DataType } from "../../../models/onnx/onnx_types.ts";
import type { OnnxModel } from "../../../models/onnx/read_onnx.ts";
import type { Size } from "../../../models/onnx/symbolic_shape.ts";
import { inferValueTypes } from "../../../models/onnx/value_types.ts";
import { FAMILIES, loadCoreForward } from "../../helpers/core_forward.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { NAMED_SIZES, type NamedSizes, sizedFeeds } from "../../helpers/sized_feeds.ts";

const GIVEN: readonly (number | undefined)[] = [DataType.FLOAT, DataType.INT64, DataType.BOOL];

/** Every node's value of which something is told, and the model with all of them as outputs. */
function withAllValues(model: OnnxModel, { shapeOf, sizesIn }: GraphShapes) {
  const { graph } = model.proto, typeOf = inferValueTypes(graph);
  const told = graph.node.flatMap(({ opType, output }) => opType === "Constant" ? [] : output)
    .filter((value) => GIVEN.includes(typeOf(value)) && (shapeOf(value) || sizesIn(value)));
  const declared = new Set(graph.output.map(({ name }) => name));
  const output = told.filter((name) => !declared.has(name))
    .map((name) => ({ name, type: { tensorType: { elemType: typeOf(name) } } }));
  const widened = { ...graph, output: [...graph.output, ...output] };
  return { told, model: { ...model, proto: { ...model.proto, graph: widened } } };
}

for (const family of FAMILIES) {
  testOnDevices(
    `inferShapes: ${family}: every shape and size told is the one of a run`,
    ["native"],
    async (device) => {
      const { model } = await loadCoreForward(family);
      const shapes = inferShapes(indexGraph(model)), { told, model: widened } = withAllValues(model, shapes);
      assert.ok(told.length > 100, `${told.length} values`);
      await using runtime = await runtimeFor(device);
      await using session = await runtime.compile(encodeForSession(widened), family);
      const check = async (sizes: NamedSizes) => {
        const results = await session.run(sizedFeeds(model, sizes), told);
        const bound = (size: Size, actual: number) =>
          size === undefined ? actual : typeof size === "string" ? sizes[size] : size;
        for (const value of told) {
          const { shape, data } = results[value];
          const expected = shapes.shapeOf(value);
          if (expected) assert.deepEqual(shape, expected.map((size, i) => bound(size, shape[i])), value);
          const items = shapes.sizesIn(value)?.items;
          if (!items) continue;
          assert.equal(data.length, items.length, value);
          const numbers = Array.from(data as Iterable<number | bigint>, Number);
          assert.deepEqual(numbers, items.map((size, i) => bound(size, numbers[i])), value);
        }
      };
      await fc.assert(fc.asyncProperty(NAMED_SIZES, check), { numRuns: 20 });
    },
  );
}
