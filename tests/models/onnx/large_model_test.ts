/** Models of gigabytes, as files of holes: what opening them costs is counted, not timed. */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { bytesOnDisk, type ByteSource } from "../../../models/onnx/byte_source.ts";
import { encodeForSession, encodeGraph, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { ORIGINAL } from "../../../models/onnx/onnx_model.ts";
import { modelProtoCodec } from "../../../models/onnx/onnx_schema.ts";
import { DataType, type GraphProto, type ModelProto } from "../../../models/onnx/onnx_types.ts";
import { type OnnxModel, readModel } from "../../../models/onnx/read_onnx.ts";
import { readWeight } from "../../../models/onnx/read_weights.ts";
import { weightRange } from "../../../models/onnx/weight_range.ts";
import { external, sumModel, weight } from "./sum_model.ts";

const GIB = 2 ** 30;
const MAX_MEMORY = 200e6, MAX_READ = 1e6;

function graphBytes(graph: GraphProto): Uint8Array {
  const type = modelProtoCodec.root.lookupType("GraphProto");
  return type.encode(graph as unknown as Record<string, unknown>).finish();
}

/** A source that counts what is read of it. */
function counting(source: ByteSource): { readonly source: ByteSource; readonly read: () => number } {
  let count = 0;
  const open = () => {
    const bytes = source.open();
    return {
      read(offset: number, into: Uint8Array) {
        count += into.length;
        bytes.read(offset, into);
      },
      [Symbol.dispose]: () => bytes[Symbol.dispose](),
    };
  };
  return { source: { ...source, open }, read: () => count };
}

/** A file of holes but for its beginning. */
async function sparseFile(path: string, head: Uint8Array, size: number): Promise<void> {
  await Deno.writeFile(path, head);
  await Deno.truncate(path, size);
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "winnow-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Opens a model, and holds what that costs to its limits. */
function openCheaply(path: string, names: readonly string[] = []): OnnxModel {
  const { source, read } = counting(bytesOnDisk(path));
  const sides = new Map(names.map((name) => [name, { path: join(path, "..", name) }]));
  const before = Deno.memoryUsage().rss;
  const model = readModel(source, path, sides);
  const grown = Deno.memoryUsage().rss - before;
  assert.ok(grown < MAX_MEMORY, `opening took ${grown} bytes of memory`);
  assert.ok(read() < MAX_READ, `opening read ${read()} bytes`);
  return model;
}

Deno.test("a model of 4 GiB in a side file opens for the price of its graph, and a part of it can be used", () =>
  inFolder(async (folder) => {
    const at = (i: number) => ({ location: "weights.bin", offset: i * GIB, length: GIB });
    const quarters = [0, 1, 2, 3].map((i) => external(`w${i}`, [1024, 1024, 256], at(i)));
    const last = external("last", [1000], { location: "weights.bin", offset: 4 * GIB, length: 4000 });
    await sparseFile(join(folder, "weights.bin"), new Uint8Array(), 4 * GIB + 4000);
    const path = join(folder, "model.onnx");
    await Deno.writeFile(path, encodeGraph(sumModel([...quarters, last])));
    const model = openCheaply(path, ["weights.bin"]);
    const { graph } = model.proto;
    assert.deepEqual(weightRange(graph.initializer[3], path), at(3));
    assert.throws(
      () => encodeOnnx(model),
      /must be under 2 GiB, the limit of one file, got "4294971296 bytes"/,
    );
    const part = { ...graph, initializer: graph.initializer.slice(4) };
    const { files } = encodeForSession({ ...model, proto: { ...model.proto, graph: part } });
    assert.deepEqual(files.map(({ data }) => data.length), [4000]);
  }));

Deno.test("a model of 1.5 GiB in one file opens for the price of its graph", () =>
  inFolder(async (folder) => {
    const elements = 384 * 2 ** 20, size = 4 * elements;
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [value % 128 | 128, ...varint(Math.floor(value / 128))];
    // the large tensor's data come last in its file, so that all before them is written and the rest is holes
    const { graph, ...model } = sumModel([weight("a", [1]), { name: "w" }]);
    const head = encodeGraph(model as ModelProto);
    const body = graphBytes({ ...graph, initializer: graph.initializer.slice(0, 1) });
    const tensor = [0x08, ...varint(elements), 0x10, DataType.FLOAT, 0x42, 1, 0x77, 0x4a, ...varint(size)];
    const initializer = [0x2a, ...varint(tensor.length + size), ...tensor];
    const rest = [...body, ...initializer];
    const start = [...head, 0x3a, ...varint(rest.length + size), ...rest];
    const path = join(folder, "model.onnx");
    await sparseFile(path, Uint8Array.from(start), start.length + size);
    const opened = openCheaply(path);
    const found = opened.proto.graph.initializer.at(-1) ?? {};
    assert.deepEqual(weightRange(found, path), { location: ORIGINAL, offset: start.length, length: size });
    assert.deepEqual([...readWeight(opened.proto.graph.initializer[0], opened) ?? []], [0, 0, 128, 63]);
  }));
