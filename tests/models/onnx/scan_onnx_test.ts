import assert from "node:assert/strict";
import { bytesInMemory } from "../../../models/onnx/byte_source.ts";
import { modelProtoCodec } from "../../../models/onnx/onnx_schema.ts";
import { AttributeType, type ModelProto } from "../../../models/onnx/onnx_types.ts";
import { readOnnx } from "../../../models/onnx/read_onnx.ts";
import { readWeight } from "../../../models/onnx/read_weights.ts";
import { scanOnnx } from "../../../models/onnx/scan_onnx.ts";
import { encodeForSession, encodeGraph, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { sumModel, weight } from "./sum_model.ts";

const large = Array.from({ length: 300 }, (_, i) => i / 8);
const scan = (bytes: Uint8Array) => scanOnnx(bytesInMemory(bytes, "test"));

/** Joins protobuf fields of bytes: `[id, content]`. */
function message(...fields: (readonly [number, Uint8Array])[]): Uint8Array {
  const parts = fields.flatMap(([id, { length }], i) => {
    const head = [8 * id + 2];
    let rest = length;
    for (; rest >= 128; rest >>= 7) head.push(rest & 127 | 128);
    return [Uint8Array.from([...head, rest]), fields[i][1]];
  });
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test("scanOnnx: a file without a large tensor comes out byte by byte", () => {
  const bytes = encodeGraph(sumModel([weight("a", [1, 2, 3])]));
  assert.deepEqual([...scan(bytes)], [...bytes]);
});

Deno.test("scanOnnx: constants and the initializers of bodies are left out too, and a session gets them inline", () => {
  const value = { ...weight("inside", large), name: "" };
  const body = { ...sumModel([weight("w", large)]).graph, input: [] };
  const constant = (graph: ModelProto["graph"]) => ({
    ...graph,
    node: [
      {
        opType: "Constant",
        input: [],
        output: ["c"],
        attribute: [{ name: "value", type: AttributeType.TENSOR, t: value }],
      },
      ...graph.node.slice(1),
    ],
  });
  const proto = sumModel([weight("a", [1]), weight("b", large)]);
  proto.graph = constant(proto.graph);
  proto.graph.node.push({
    opType: "If",
    input: ["never"],
    output: ["z"],
    attribute: [{ name: "then_branch", type: AttributeType.GRAPH, g: constant(body) }],
  });
  const bytes = encodeGraph(proto);
  const skeleton = scan(bytes);
  assert.ok(skeleton.length < bytes.length - 4 * 1200 + 4 * 100, `${skeleton.length} of ${bytes.length}`);
  const model = readOnnx(bytes, "test");
  const found = model.proto.graph.node[0].attribute?.[0].t;
  assert.deepEqual([...readWeight(found ?? {}, model) ?? []], [...value.rawData ?? []]);
  const again = modelProtoCodec.decode(encodeOnnx(model)) as unknown as ModelProto;
  assert.deepEqual(JSON.stringify(again), JSON.stringify(modelProtoCodec.decode(bytes)));
  const { graph, files } = encodeForSession(model);
  assert.deepEqual(files.map(({ data }) => data.length), [1200]);
  const session = modelProtoCodec.decode(graph) as unknown as ModelProto;
  assert.deepEqual(session.graph.node[0].attribute?.[0].t?.rawData?.length, 1200);
});

Deno.test("scanOnnx: of raw data that are there twice the last count, as protobuf says", () => {
  const tensor = (...sizes: number[]) =>
    message(...sizes.map((size, i): [number, Uint8Array] => [9, new Uint8Array(size).fill(i + 1)]));
  const initializer = (...sizes: number[]) => {
    const file = message([7, message([5, tensor(...sizes)])]);
    const { graph } = modelProtoCodec.decode(scan(file)) as unknown as ModelProto;
    const [{ rawData, externalData = [] }] = graph.initializer;
    const { offset, length } = Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
    return externalData.length
      ? [...new Set(file.subarray(+offset, +offset + +length))]
      : [...new Set(rawData)];
  };
  assert.deepEqual(initializer(2000, 3000), [2]);
  assert.deepEqual(initializer(10, 3000), [2]);
  assert.deepEqual(initializer(3000, 10), [2]);
  assert.deepEqual(initializer(10, 20), [2]);
});

Deno.test("scanOnnx: what is no message is an error that says where", () => {
  const deep = (depth: number): Uint8Array => {
    let inner = message([5, message([9, new Uint8Array(2000)])]);
    for (let i = 0; i < depth; i++) inner = message([1, message([5, message([6, inner])])]);
    return message([7, inner]);
  };
  scan(deep(10));
  const wrong: [Uint8Array, RegExp][] = [
    [Uint8Array.of(0, 0), /no field begins at 0/],
    [Uint8Array.of(0x3a), /a number is cut off at 1/],
    [Uint8Array.of(0x3a, 5, 1), /field 7 at 0 ends at 7, after its message's 3/],
    [Uint8Array.of(0x3a, 1, 0x2a), /a number is cut off at 3/],
    [Uint8Array.of(0x3a, ...Array(10).fill(0xff), 1), /no number ends within 10 bytes of 1/],
    [Uint8Array.of(0x3b), /field 7 at 0 has wire type 3/],
    [Uint8Array.of(0x0d, 1, 2), /ends at 5/],
    [deep(40), /nested more than 100 deep/],
  ];
  for (const [bytes, message] of wrong) assert.throws(() => scan(bytes), message);
});
