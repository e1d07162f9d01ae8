import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { GraphError } from "../../../errors.ts";
import { encodeForSession, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { ORIGINAL } from "../../../models/onnx/onnx_model.ts";
import { modelProtoCodec } from "../../../models/onnx/onnx_schema.ts";
import { type ModelProto, toNumber } from "../../../models/onnx/onnx_types.ts";
import { openOnnx, opsetOf, readOnnx } from "../../../models/onnx/read_onnx.ts";
import { readWeight } from "../../../models/onnx/read_weights.ts";
import { weightRange } from "../../../models/onnx/weight_range.ts";
import { fixture } from "../../helpers/goldens.ts";
import { inMemory, sumModel, weight } from "./sum_model.ts";

const PATH = fixture("sd15", "model", "unet", "model.onnx");
const bytes = Deno.readFileSync(PATH);
const whole = modelProtoCodec.decode(bytes) as unknown as ModelProto;

Deno.test("openOnnx: large weights are ranges of the file, small ones are in the graph, and all are what they were", () => {
  const model = openOnnx(PATH);
  assert.equal(opsetOf(model.proto), 18);
  assert.equal(toNumber(model.proto.irVersion), 8);
  const { initializer } = model.proto.graph;
  assert.equal(initializer.length, whole.graph.initializer.length);
  let ranges = 0;
  for (const [i, tensor] of initializer.entries()) {
    const expected = whole.graph.initializer[i];
    const range = weightRange(tensor, PATH);
    assert.equal(range !== undefined, (expected.rawData?.length ?? 0) > 1024, tensor.name);
    if (range) {
      ranges++;
      assert.equal(range.location, ORIGINAL);
      assert.equal(tensor.rawData?.length ?? 0, 0);
    }
    assert.deepEqual([...readWeight(tensor, model) ?? []], [...expected.rawData ?? []], tensor.name);
  }
  assert.ok(ranges > 20);
  assert.deepEqual(JSON.stringify(model.proto.graph.node), JSON.stringify(whole.graph.node));
});

Deno.test("encodeOnnx: a file opened and encoded again has the graph and the weights that it had", () => {
  const again = modelProtoCodec.decode(encodeOnnx(openOnnx(PATH))) as unknown as ModelProto;
  assert.deepEqual(JSON.stringify(again), JSON.stringify(whole));
});

Deno.test("encodeForSession: large weights are in files at the offsets that the graph names, each begins at 64 bytes", () => {
  const model = openOnnx(PATH);
  const { graph, files } = encodeForSession(model);
  assert.deepEqual(files.map(({ path }) => path), ["winnow-weights-0"]);
  assert.ok(graph.length < bytes.length / 2);
  const { initializer } = (modelProtoCodec.decode(graph) as unknown as ModelProto).graph;
  let external = 0;
  for (const [i, tensor] of initializer.entries()) {
    const range = weightRange(tensor, "graph");
    if (!range) continue;
    external++;
    assert.equal(range.offset % 64, 0);
    const found = files[0].data.subarray(range.offset, range.offset + range.length);
    assert.deepEqual([...found], [...whole.graph.initializer[i].rawData ?? []]);
  }
  assert.ok(external > 20);
});

Deno.test("encodeForSession: a graph with fewer weights takes those alone, and one that two share once", () => {
  const large = Array.from({ length: 500 }, (_, i) => i);
  const model = readOnnx(
    encodeOnnx(inMemory(sumModel([weight("a", large), weight("b", large)]))),
    "sum.onnx",
  );
  assert.equal(encodeForSession(model).files[0].data.length, 2048 + 2000);
  const { graph } = model.proto, [a, b] = graph.initializer;
  const withWeights = (initializer: typeof graph.initializer) =>
    encodeForSession({ ...model, proto: { ...model.proto, graph: { ...graph, initializer } } }).files;
  assert.equal(withWeights([b])[0].data.length, 2000);
  assert.equal(withWeights([a, { ...a, name: "b" }])[0].data.length, 2000);
  assert.deepEqual(withWeights([]), []);
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

Deno.test("openOnnx: a file that is not there is a GraphError", () => {
  const path = `${PATH}_not_there`;
  assert.throws(() => openOnnx(path, { shown: "the model" }), (error: Error) =>
    error instanceof GraphError &&
    error.message.startsWith("Cannot read the model: the model must be a file that can be read, got "));
});

/** Fails if reading throws anything but what a damaged file is due. */
function readDamaged(data: Uint8Array): void {
  try {
    readOnnx(data, "damaged.onnx");
  } catch (error) {
    assert.ok(error instanceof GraphError, String(error));
    assert.match(error.message, /^Cannot read the model: damaged\.onnx\b.* must be /);
  }
}

Deno.test("readOnnx: any cut of a file is a GraphError, never another exception", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: bytes.length - 1 }),
      (length) => readDamaged(bytes.subarray(0, length)),
    ),
    { numRuns: 200 },
  );
});

Deno.test("readOnnx: a piece cut out of a file, and bytes that are others, are a GraphError or a model", () => {
  const small = encodeOnnx(inMemory(sumModel([weight("a", Array(300).fill(1)), weight("b", [1, 2])])));
  const place = fc.integer({ min: 0, max: small.length - 1 });
  fc.assert(
    fc.property(place, place, (a, b) => {
      const from = Math.min(a, b), to = Math.max(a, b);
      readDamaged(Uint8Array.from([...small.subarray(0, from), ...small.subarray(to)]));
    }),
    { numRuns: 300 },
  );
  // the heads are in the first and the last bytes: the weight's 1200 are of no interest
  const head = fc.oneof(
    fc.integer({ min: 0, max: 120 }),
    fc.integer({ min: small.length - 150, max: small.length - 1 }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(head, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      (edits) => {
        const damaged = small.slice();
        for (const [at, byte] of edits) damaged[at] = byte;
        readDamaged(damaged);
      },
    ),
    { numRuns: 1500 },
  );
});
