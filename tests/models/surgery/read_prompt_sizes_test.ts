/** Sizes are read from the prompt where it is proved that they are its own, and the results are what they were. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import { indexGraph } from "../../../models/onnx/graph_index.ts";
import {
  AttributeType,
  DataType,
  type Dimension,
  type GraphProto,
  type NodeProto,
} from "../../../models/onnx/onnx_types.ts";
import type { OnnxModel } from "../../../models/onnx/read_onnx.ts";
import { readPromptSizes } from "../../../models/surgery/read_prompt_sizes.ts";
import { FAMILIES, loadCoreForward } from "../../helpers/core_forward.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { NAMED_SIZES, sizedFeeds } from "../../helpers/sized_feeds.ts";
import { inMemory } from "../onnx/sum_model.ts";

/** Families whose exporters ask the image for a size of the text. */
const ASKS_IMAGE: readonly string[] = ["pixart", "sana"];

/** The model with the axes of one input declared otherwise. */
function redeclared(
  model: OnnxModel,
  name: string,
  change: (dim: Dimension, axis: number) => Dimension,
): OnnxModel {
  const input = model.proto.graph.input.map((info) => {
    const tensorType = info.type?.tensorType, dim = tensorType?.shape?.dim;
    if (info.name !== name || !dim) return info;
    return {
      ...info,
      type: { ...info.type, tensorType: { ...tensorType, shape: { dim: dim.map(change) } } },
    };
  });
  return { ...model, proto: { ...model.proto, graph: { ...model.proto.graph, input } } };
}

for (const family of FAMILIES) {
  const { model, changing, inputs, output } = await loadCoreForward(family);
  const edited = readPromptSizes(model, changing);

  if (!ASKS_IMAGE.includes(family)) {
    Deno.test(`readPromptSizes: ${family}: asks the image for no size of the text, and is left as it is`, () => {
      assert.ok(edited === model);
    });
    continue;
  }

  Deno.test(`readPromptSizes: ${family}: the caption's Reshape alone is edited, and once is enough`, () => {
    const before = new Set(model.proto.graph.node), index = indexGraph(edited);
    const made = edited.proto.graph.node.filter((node) => !before.has(node));
    const [reshape] = made.filter(({ name }) => !name?.startsWith("winnow/"));
    assert.deepEqual([reshape.name, reshape.opType], ["/Reshape", "Reshape"]);
    const producer = (value: string) => index.producer(value) as NodeProto;
    const target = producer(reshape.input[1]), batch = producer(target.input[0]);
    assert.deepEqual([target.opType, batch.opType], ["Concat", "Gather"]);
    assert.deepEqual(producer(batch.input[0]).input, [inputs.text]);
    assert.deepEqual(index.numbers(batch.input[1]), [0]);
    assert.deepEqual(target.input.slice(1).map((value) => index.numbers(value)), [[-1], [32]]);
    assert.equal(made.length, 4);
    assert.equal(edited.proto.graph.node.length, before.size + 3);
    assert.ok(readPromptSizes(edited, changing) === edited);
  });

  testOnDevices(`readPromptSizes: ${family}: the results are what they were`, ["native"], async (device) => {
    await using runtime = await runtimeFor(device);
    await using original = await runtime.compile(encodeForSession(model), family);
    await using session = await runtime.compile(encodeForSession(edited), family);
    const property = fc.asyncProperty(NAMED_SIZES, async (sizes) => {
      const feeds = sizedFeeds(model, sizes);
      const [was, is] = [await original.run(feeds), await session.run(feeds)];
      assert.deepEqual(is[output], was[output]);
    });
    await fc.assert(property, { numRuns: 20 });
  });

  Deno.test(`readPromptSizes: ${family}: what the inputs do not say is not guessed`, () => {
    const batchAs = (name: string, dim: Dimension) =>
      redeclared(model, name, (old, axis) => axis === 0 ? dim : old);
    for (const dim of [{ dimParam: "another batch" }, {}]) {
      const image = batchAs(inputs.image, dim), text = batchAs(inputs.text, dim);
      assert.ok(readPromptSizes(image, changing) === image);
      // the mask's batch is still the image's
      const reshape = model.proto.graph.node.find(({ name }) => name === "/Reshape") as NodeProto;
      assert.ok(readPromptSizes(text, changing).proto.graph.node.includes(reshape));
    }
  });

  Deno.test(`readPromptSizes: ${family}: a batch that is fixed is a number`, () => {
    const two = (old: Dimension, i: number) => i === 0 ? { dimValue: 2 } : old;
    const fixed = readPromptSizes(redeclared(model, inputs.image, two), changing), index = indexGraph(fixed);
    const reshape = fixed.proto.graph.node.find(({ name }) => name === "/Reshape") as NodeProto;
    const target = index.producer(reshape.input[1]) as NodeProto;
    assert.deepEqual(target.input.map((value) => index.numbers(value)), [[2], [-1], [32]]);
  });
}

Deno.test("readPromptSizes: what the body of an If takes from outside stays there", () => {
  const input = (name: string, axes: readonly string[]) => ({
    name,
    type: {
      tensorType: { elemType: DataType.FLOAT, shape: { dim: axes.map((dimParam) => ({ dimParam })) } },
    },
  });
  const body: GraphProto = {
    node: [{ opType: "Reshape", input: ["text", "size"], output: ["inner"] }],
    initializer: [],
    input: [],
    output: [{ name: "inner" }],
  };
  const model = inMemory({
    opsetImport: [{ domain: "", version: 18 }],
    graph: {
      node: [
        { opType: "Shape", input: ["image"], output: ["size"] },
        { opType: "Less", input: ["text", "text"], output: ["condition"] },
        {
          opType: "If",
          input: ["condition"],
          output: ["outer"],
          attribute: [{ name: "then_branch", type: AttributeType.GRAPH, g: body }],
        },
      ],
      initializer: [],
      input: [input("image", ["b"]), input("text", ["b"])],
      output: [{ name: "outer" }],
    },
  });
  assert.ok(readPromptSizes(model, new Set(["image"])) === model);
});
