/**
 * A tensor's bytes, from wherever they lie.
 *
 * @module
 */
import type { OpenBytes } from "./byte_source.ts";
import { modelFault } from "./onnx_fault.ts";
import type { OnnxModel } from "./onnx_model.ts";
import type { TensorProto } from "./onnx_types.ts";
import { type WeightRange, weightRange } from "./weight_range.ts";

/** What reading weights needs of a model. */
export type WeightSource = Pick<OnnxModel, "path" | "weights">;

/** Opens one of the files of a model's weights. @throws {GraphError} The model has no such file, or it has changed. */
export function openWeights({ path, weights }: WeightSource, location: string): OpenBytes {
  const file = weights.get(location);
  if (file) return file.open();
  throw modelFault(
    `${path}: its weights`,
    `in one of ${[...weights.keys()].join(", ") || "no files"}`,
    location,
    {
      remedy: "Give a graph the weights of the model that its tensors are from.",
    },
  );
}

/** The raw data of a tensor; undefined where it has none, but numbers in other fields. This copies what lies in a file. */
export function readWeight(tensor: TensorProto, model: WeightSource): Uint8Array | undefined {
  const range = weightRange(tensor, model.path);
  // protobufjs gives an empty array where the field is not there
  if (!range) return tensor.rawData?.length ? tensor.rawData : undefined;
  const bytes = new Uint8Array(range.length);
  using file = openWeights(model, range.location);
  file.read(range.offset, bytes);
  return bytes;
}

/** At a time, where a tensor is looked through or copied. */
const CHUNK_BYTES = 1 << 20;

/** The bytes of an open range, a part at a time; each part is valid until the next. */
export function* readChunks(file: OpenBytes, { offset, length }: WeightRange): Generator<Uint8Array> {
  const chunk = new Uint8Array(Math.min(length, CHUNK_BYTES));
  for (let done = 0; done < length; done += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, length - done));
    file.read(offset + done, part);
    yield part;
  }
}

/** Whether a tensor's raw data are nothing but zeros; false where it has none. */
export function isZeroWeight(tensor: TensorProto, model: WeightSource): boolean {
  const zeros = (bytes: Uint8Array) => bytes.length > 0 && bytes.every((byte) => byte === 0);
  const range = weightRange(tensor, model.path);
  if (!range) return tensor.rawData !== undefined && zeros(tensor.rawData);
  using file = openWeights(model, range.location);
  for (const part of readChunks(file, range)) if (!zeros(part)) return false;
  return range.length > 0;
}
