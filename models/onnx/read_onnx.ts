/**
 * Opening an ONNX file without reading its weights.
 *
 * @module
 */
import { dirname } from "npm:deno-std@1.4.0/path/dirname.js";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { GraphError } from "../../errors.ts";
import { bytesInMemory, bytesOnDisk, type ByteSource } from "./byte_source.ts";
import { findWeights, type SideFiles } from "./check_weights.ts";
import { modelFault } from "./onnx_fault.ts";
import type { OnnxModel } from "./onnx_model.ts";
import { modelProtoCodec } from "./onnx_schema.ts";
import { type ModelProto, toNumber } from "./onnx_types.ts";
import { scanOnnx } from "./scan_onnx.ts";

export type { OnnxModel } from "./onnx_model.ts";

/** How to open a model. */
export interface OpenOnnxOptions {
  /** What messages call the file. Default: its path. */
  readonly shown?: string;
  /** The files beside it that its weights may lie in, by their names. Default: all that are in its folder. */
  readonly sideFiles?: SideFiles;
}

function filesBeside(path: string): SideFiles {
  const folder = dirname(path);
  const files = Array.from(Deno.readDirSync(folder)).filter(({ isDirectory }) => !isDirectory);
  return new Map(files.map(({ name }) => [name, { path: join(folder, name) }]));
}

function decode(source: ByteSource, path: string): ModelProto {
  try {
    return modelProtoCodec.decode(scanOnnx(source)) as unknown as ModelProto;
  } catch (cause) {
    if (cause instanceof GraphError) throw cause;
    const got = `${source.size} bytes that do not decode (${(cause as Error).message})`;
    throw modelFault(path, "a whole ONNX file", got, { cause });
  }
}

/**
 * Opens the model that a source holds.
 *
 * @param path What messages call it.
 * @throws {GraphError} if it is not a whole ONNX model with a graph, or its external data are not where it says.
 */
export function readModel(source: ByteSource, path: string, sideFiles: SideFiles = new Map()): OnnxModel {
  const fail = (rule: string, got: unknown): never => {
    throw modelFault(path, rule, got);
  };
  if (source.size === 0) fail("an ONNX file", "an empty file");
  const proto = decode(source, path), { graph } = proto;
  if (!graph) fail("an ONNX file with a graph", `${source.size} bytes without one`);
  if (graph.node.length === 0 || graph.output.length === 0) {
    fail(
      "an ONNX graph with nodes and outputs",
      `${graph.node.length} nodes and ${graph.output.length} outputs`,
    );
  }
  if (opsetOf(proto) === 0) fail("an ONNX file that imports ai.onnx", proto.opsetImport);
  return { path, proto, weights: findWeights(proto, path, source, sideFiles) };
}

/**
 * Opens an ONNX file. Its weights stay on disk, in it and in its side files, as byte ranges that are checked and not
 * read: memory and time are those of the graph. No file is held open.
 *
 * @throws {GraphError} if it is not a whole ONNX model with a graph, or its external data are not where it says.
 */
export function openOnnx(path: string, { shown = path, sideFiles }: OpenOnnxOptions = {}): OnnxModel {
  return readModel(bytesOnDisk(path, shown), shown, sideFiles ?? filesBeside(path));
}

/**
 * Opens an ONNX file that is in memory.
 *
 * @param bytes The whole file; kept, since the weights of the result are ranges of it.
 * @param path Where it came from, for messages.
 * @throws {GraphError} if the bytes are not a whole ONNX model with a graph.
 */
export function readOnnx(bytes: Uint8Array, path: string): OnnxModel {
  return readModel(bytesInMemory(bytes, path), path);
}

/** The version of the ai.onnx operator set that a model imports; 0 if it imports none. */
export function opsetOf(proto: ModelProto): number {
  const entry = proto.opsetImport.find(({ domain }) => !domain || domain === "ai.onnx");
  return toNumber(entry?.version);
}
