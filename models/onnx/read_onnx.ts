/**
 * Reading an ONNX file without a copy of its weights.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { modelProtoCodec } from "./onnx_schema.ts";
import { type ModelProto, toNumber } from "./onnx_types.ts";

/** An ONNX model in memory: the decoded graph, and the bytes that its weights are views into. */
export interface OnnxModel {
  /** Where the file came from, for messages. */
  readonly path: string;
  /** The file's bytes; every `rawData` of the graph is a view into them. */
  readonly bytes: Uint8Array;
  readonly proto: ModelProto;
}

const REMEDY = "The file is damaged or is not an ONNX model: fetch or export it again.";

/**
 * Decodes an ONNX file.
 *
 * @param bytes The whole file; kept, since the weights of the result are views into it.
 * @param path Where it came from, for messages.
 * @throws {GraphError} if the bytes are not a whole ONNX model with a graph.
 */
export function readOnnx(bytes: Uint8Array, path: string): OnnxModel {
  const fail = (rule: string, got: unknown, cause?: unknown): never => {
    throw new GraphError({ doing: "read the model", what: path, rule, got, remedy: REMEDY }, { cause });
  };
  if (bytes.length === 0) fail("an ONNX file", "an empty file");
  let proto: ModelProto;
  try {
    proto = modelProtoCodec.decode(bytes) as unknown as ModelProto;
  } catch (cause) {
    return fail(
      "a whole ONNX file",
      `${bytes.length} bytes that do not decode (${(cause as Error).message})`,
      cause,
    );
  }
  if (!proto.graph) fail("an ONNX file with a graph", `${bytes.length} bytes without one`);
  const { graph } = proto;
  if (graph.node.length === 0 || graph.output.length === 0) {
    fail(
      "an ONNX graph with nodes and outputs",
      `${graph.node.length} nodes and ${graph.output.length} outputs`,
    );
  }
  if (opsetOf(proto) === 0) fail("an ONNX file that imports ai.onnx", proto.opsetImport);
  return { path, bytes, proto };
}

/** The version of the ai.onnx operator set that a model imports; 0 if it imports none. */
export function opsetOf(proto: ModelProto): number {
  const entry = proto.opsetImport.find(({ domain }) => !domain || domain === "ai.onnx");
  return toNumber(entry?.version);
}
