/** One suite that every runtime runs. */
import assert from "node:assert/strict";
import { DeviceError, GraphError } from "../../../errors.ts";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import { AttributeType, DataType, type ModelProto } from "../../../models/onnx/onnx_types.ts";
import { readOnnx } from "../../../models/onnx/read_onnx.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import { ALL_DEVICES, runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** y = x + x, of one type, over a batch of any size. */
function doubling(elemType: number) {
  const value = (name: string) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: [{ dimParam: "batch_size" }, { dimValue: 3 }] } } },
  });
  const proto: ModelProto = {
    irVersion: 8,
    opsetImport: [{ domain: "", version: 18 }],
    graph: {
      name: "doubling",
      node: [{ opType: "Add", input: ["x", "x"], output: ["y"], name: "double" }],
      initializer: [],
      input: [value("x")],
      output: [value("y")],
    },
  };
  return encodeForSession({ path: "doubling.onnx", proto, weights: new Map() });
}

const input = floatTensor([2, 3], Float32Array.of(1, -2, 0.5, 4, 0, -0.25));
const doubled = [2, -4, 1, 8, 0, -0.5];

testOnDevices("a session tells its inputs and outputs, runs, and is counted", ALL_DEVICES, async (device) => {
  const before = liveCounts();
  {
    await using runtime = await runtimeFor(device);
    assert.equal(runtime.report.device, device);
    await using session = await runtime.compile(doubling(DataType.FLOAT), "doubling");
    assert.deepEqual(session.inputs, [{ name: "x", dtype: "float32", shape: ["batch_size", 3] }]);
    assert.equal(liveCounts().sessions, before.sessions + 1);
    const { y } = await session.run({ x: input });
    assert.deepEqual([y.dtype, [...y.shape], [...y.data as Float32Array]], ["float32", [2, 3], doubled]);
  }
  assert.deepEqual(liveCounts(), before);
});

testOnDevices("float16 graphs take and give float32", ALL_DEVICES, async (device) => {
  await using runtime = await runtimeFor(device);
  await using session = await runtime.compile(doubling(DataType.FLOAT16), "doubling");
  const { y } = await session.run({ x: input });
  assert.deepEqual([y.dtype, [...y.data as Float32Array]], ["float32", doubled]);
});

testOnDevices(
  "a missing input, a wrong shape and a disposed session are DeviceErrors that say so",
  ALL_DEVICES,
  async (device) => {
    await using runtime = await runtimeFor(device);
    const session = await runtime.compile(doubling(DataType.FLOAT), "doubling");
    await assert.rejects(session.run({}), (error: Error) =>
      error instanceof DeviceError &&
      error.message.startsWith("Cannot run doubling: feeds must be tensors that include") &&
      error.message.includes('"x"'));
    const wide: Tensor = floatTensor([2, 4], new Float32Array(8));
    await assert.rejects(
      session.run({ x: wide }),
      (error: Error) =>
        error instanceof DeviceError && error.message.includes("x [2, 4]") &&
        !/\.cc|\n\s+at /.test(error.message),
    );
    assert.deepEqual(
      [...(await session.run({ x: input })).y.data as Float32Array],
      doubled,
      "it still works",
    );
    await session[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
    await assert.rejects(session.run({ x: input }), DeviceError);
  },
);

testOnDevices(
  "a graph that the runtime refuses is a GraphError that names the component",
  ALL_DEVICES,
  async (device) => {
    await using runtime = await runtimeFor(device);
    const model = readOnnx(doubling(DataType.FLOAT).graph, "doubling.onnx");
    const node = [{
      ...model.proto.graph.node[0],
      opType: "NoSuchOperator",
      attribute: [{ name: "a", type: AttributeType.INT, i: 1 }],
    }];
    const unknown = { ...model, proto: { ...model.proto, graph: { ...model.proto.graph, node } } };
    const before = liveCounts();
    await assert.rejects(
      runtime.compile(encodeForSession(unknown), "unet"),
      (error: Error) =>
        error instanceof GraphError && error.message.startsWith("Cannot compile unet: its graph must be ") &&
        error.message.includes("NoSuchOperator"),
    );
    assert.deepEqual(liveCounts(), before);
  },
);
