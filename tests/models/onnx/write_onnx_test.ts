/** Models written to disk: the graph and its weights, whole, and readable by others (`scripts/check_written.py`). */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { GraphError } from "../../../errors.ts";
import { encodeForSession, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { openOnnx } from "../../../models/onnx/read_onnx.ts";
import { readWeight } from "../../../models/onnx/read_weights.ts";
import { writeOnnx } from "../../../models/onnx/write_onnx.ts";
import { ORT_NODE_SPECIFIER } from "../../../models/runtimes/ort_node.ts";
import type { Ort } from "../../../models/runtimes/ort_session.ts";
import { floatTensor } from "../../../models/runtimes/tensor.ts";
import { fixture } from "../../helpers/goldens.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { inMemory, sumModel, weight } from "./sum_model.ts";

const PATH = fixture("sd15", "model", "unet", "model.onnx");

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "winnow-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();

Deno.test("writeOnnx: the graph, and its large weights in one file beside it, each at a page", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model.onnx"), model = openOnnx(PATH);
    await writeOnnx(model, path);
    assert.deepEqual(namesIn(folder), ["model.onnx", "model.onnx_data"]);
    const again = openOnnx(path);
    assert.deepEqual([...encodeOnnx(again)], [...encodeOnnx(model)]);
    for (const { externalData = [] } of again.proto.graph.initializer) {
      for (const { key, value } of externalData) if (key === "offset") assert.equal(Number(value) % 4096, 0);
    }
  }));

Deno.test("writeOnnx: a model can replace the files that it was opened from, and must be opened again then", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    await writeOnnx(openOnnx(PATH), path);
    const model = openOnnx(path);
    const initializer = model.proto.graph.initializer.toReversed();
    const proto = { ...model.proto, graph: { ...model.proto.graph, initializer } };
    const expected = encodeOnnx({ ...model, proto });
    await writeOnnx({ ...model, proto }, path);
    assert.deepEqual(namesIn(folder), ["model.onnx", "model.onnx_data"]);
    assert.deepEqual([...encodeOnnx(openOnnx(path))], [...expected]);
  }));

Deno.test("writeOnnx: a model of small weights is one file; what cannot be written leaves nothing", () =>
  inFolder(async (folder) => {
    const model = inMemory(sumModel([weight("a", [1, 2])]));
    await writeOnnx(model, join(folder, "small.onnx"));
    assert.deepEqual(namesIn(folder), ["small.onnx"]);
    const [tensor] = openOnnx(join(folder, "small.onnx")).proto.graph.initializer;
    assert.deepEqual([...readWeight(tensor, model) ?? []], [0, 0, 128, 63, 0, 0, 0, 64]);
    await assert.rejects(
      writeOnnx(model, join(folder, "no such folder", "model.onnx")),
      (error: Error) =>
        error instanceof GraphError &&
        /^Cannot write the model: .* must be a file that can be/.test(error.message),
    );
    await assert.rejects(
      writeOnnx({ ...openOnnx(PATH), weights: new Map() }, join(folder, "model.onnx")),
      GraphError,
    );
    assert.deepEqual(namesIn(folder), ["small.onnx"]);
  }));

testOnDevices(
  "a written model opens in onnxruntime by its path, and computes what it did",
  ["native"],
  async (device) =>
    await inFolder(async (folder) => {
      const large = Array.from({ length: 400 }, (_, i) => i / 4);
      const path = join(folder, "model.onnx");
      await writeOnnx(inMemory(sumModel([weight("a", large), weight("b", [2])])), path);
      await writeOnnx(openOnnx(path), path);
      const x = new Float32Array(400).fill(0.5), expected = large.map((each) => each + 2.5);
      const { InferenceSession, Tensor } = await import(ORT_NODE_SPECIFIER) as Ort & {
        readonly InferenceSession: { create(path: string): ReturnType<Ort["InferenceSession"]["create"]> };
      };
      const bare = await InferenceSession.create(path);
      const { y } = await bare.run({ x: new Tensor("float32", x, [400]) });
      assert.deepEqual([...y.data as Float32Array], expected);
      await bare.release();
      await using runtime = await runtimeFor(device);
      await using session = await runtime.compile(encodeForSession(openOnnx(path)), "sum");
      const found = await session.run({ x: floatTensor([400], x) });
      assert.deepEqual([...found.y.data as Float32Array], expected);
    }),
);
