/**
 * Turning a model back into bytes, for a session or for a file.
 *
 * @module
 */
import { modelProtoCodec } from "./onnx_schema.ts";
import type { ModelProto, StringEntry, TensorProto } from "./onnx_types.ts";
import type { OnnxModel } from "./read_onnx.ts";

/** A model as a session takes it: a small graph, and the files that its weights are read from. */
export interface EncodedModel {
  readonly graph: Uint8Array;
  readonly files: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** Tensors up to this size stay in the graph, where shape inference can see them. ONNX's own default. */
const INLINE_BYTES = 1024;

/** The name under which a session finds the original file's bytes. */
const ORIGINAL = "winnow-original.onnx";

const EXTERNAL = 1;

function toExternal(tensor: TensorProto, file: Uint8Array): TensorProto {
  const raw = tensor.rawData;
  if (!raw || raw.length <= INLINE_BYTES || raw.buffer !== file.buffer) return tensor;
  const entry = (key: string, value: string | number): StringEntry => ({ key, value: String(value) });
  return {
    ...tensor,
    rawData: undefined,
    dataLocation: EXTERNAL,
    externalData: [
      entry("location", ORIGINAL),
      entry("offset", raw.byteOffset - file.byteOffset),
      entry("length", raw.length),
    ],
  };
}

/**
 * Encodes a model for a session without copying its weights: each large initializer becomes a reference into the
 * bytes that it was read from, which serve as the model's external data.
 *
 * @param sideFiles External data files of the original model, by the location that the model names.
 */
export function encodeForSession(
  model: OnnxModel,
  sideFiles: ReadonlyMap<string, Uint8Array> = new Map(),
): EncodedModel {
  const { graph } = model.proto;
  const initializer = graph.initializer.map((tensor) => toExternal(tensor, model.bytes));
  const proto: ModelProto = { ...model.proto, graph: { ...graph, initializer } };
  const files = [...sideFiles].map(([path, data]) => ({ path, data }));
  const refersToOriginal = initializer.some((tensor, i) => tensor !== graph.initializer[i]);
  if (refersToOriginal) files.push({ path: ORIGINAL, data: model.bytes });
  return { graph: encodeOnnx(proto), files };
}

/** Encodes a model as one ONNX file; this copies its weights. */
export function encodeOnnx(proto: ModelProto): Uint8Array {
  // Under Deno protobufjs writes into a Buffer; a plain Uint8Array over the same bytes is what everyone else expects.
  const { buffer, byteOffset, length } = modelProtoCodec.encode(proto as unknown as Record<string, unknown>)
    .finish();
  return new Uint8Array(buffer, byteOffset, length);
}
