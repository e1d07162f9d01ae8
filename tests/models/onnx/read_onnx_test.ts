import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { GraphError } from "../../../errors.ts";
import { encodeForSession, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { opsetOf, readOnnx } from "../../../models/onnx/read_onnx.ts";
import { toNumber } from "../../../models/onnx/onnx_types.ts";
import { fixture } from "../../helpers/goldens.ts";

const PATH = fixture("sd15", "model", "unet", "model.onnx");
const bytes = Deno.readFileSync(PATH);

Deno.test("readOnnx: weights are views into the file's bytes", () => {
  const { proto } = readOnnx(bytes, PATH);
  const large = proto.graph.initializer.filter(({ rawData }) => (rawData?.length ?? 0) > 0);
  assert.ok(large.length > 50);
  for (const tensor of large) assert.equal(tensor.rawData?.buffer, bytes.buffer);
  assert.equal(opsetOf(proto), 18);
  assert.equal(toNumber(proto.irVersion), 8);
});

Deno.test("encodeOnnx: a file read and written again decodes to the same graph", () => {
  const first = readOnnx(bytes, PATH);
  const again = readOnnx(encodeOnnx(first.proto), PATH);
  assert.deepEqual(JSON.stringify(again.proto.graph.node), JSON.stringify(first.proto.graph.node));
  assert.deepEqual(JSON.stringify(again.proto.graph.input), JSON.stringify(first.proto.graph.input));
  for (const [i, tensor] of first.proto.graph.initializer.entries()) {
    assert.deepEqual(again.proto.graph.initializer[i].rawData, tensor.rawData);
  }
});

Deno.test("encodeForSession: large weights stay in the original bytes, at the offsets that the graph names", () => {
  const model = readOnnx(bytes, PATH);
  const { graph, files } = encodeForSession(model);
  assert.equal(files.length, 1);
  assert.equal(files[0].data, bytes);
  assert.ok(graph.length < bytes.length / 2);
  const { initializer } = readOnnx(graph, "graph").proto.graph;
  let external = 0;
  for (const [i, tensor] of initializer.entries()) {
    if (!tensor.externalData?.length) continue;
    external++;
    const entry = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
    const offset = Number(entry.offset), length = Number(entry.length);
    assert.deepEqual(bytes.subarray(offset, offset + length), model.proto.graph.initializer[i].rawData);
  }
  assert.ok(external > 20);
});

Deno.test("readOnnx: truncated, empty and foreign bytes are GraphErrors that name the file", () => {
  const bad = [
    new Uint8Array(),
    bytes.subarray(0, 1000),
    bytes.subarray(0, bytes.length - 1),
    new TextEncoder().encode("<html>not found</html>"),
  ];
  for (const data of bad) {
    assert.throws(
      () => readOnnx(data, "folder/model.onnx"),
      (error: Error) =>
        error instanceof GraphError &&
        error.message.startsWith("Cannot read the model: folder/model.onnx must be "),
    );
  }
});

Deno.test("readOnnx: any cut of a file is a GraphError, never another exception", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
      try {
        readOnnx(bytes.subarray(0, length), "cut.onnx");
      } catch (error) {
        assert.ok(error instanceof GraphError, String(error));
      }
    }),
    { numRuns: 60 },
  );
});
