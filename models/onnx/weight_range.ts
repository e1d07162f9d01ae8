/**
 * Where a tensor's data lie, as ONNX writes it: a tensor's `externalData`.
 *
 * @module
 */
import { modelFault } from "./onnx_fault.ts";
import type { TensorProto } from "./onnx_types.ts";
import { tensorBytes } from "./tensor_bytes.ts";

/** Consecutive bytes of a file. */
export interface WeightRange {
  /** The file, by the name that `WeightFiles` has it under. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;

/** What messages call a tensor of a model. */
export function tensorTitle({ name }: TensorProto, path: string): string {
  return `${path}: the data of "${name || "a constant"}"`;
}

function wholeNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : NaN;
}

/**
 * Where a tensor's data lie; undefined where it has them itself. Whether there are such bytes is not looked at.
 *
 * @param path Where its model came from, for messages.
 * @throws {GraphError} What the tensor states is no range, or is not of its type and dims.
 */
export function weightRange(tensor: TensorProto, path: string): WeightRange | undefined {
  if (tensor.dataLocation !== EXTERNAL) return undefined;
  const entries = tensor.externalData ?? [];
  const fail = (rule: string, got: unknown): never => {
    throw modelFault(tensorTitle(tensor, path), rule, got);
  };
  const stated = new Map(entries.map(({ key, value }) => [key, value]));
  const location = stated.get("location");
  if (!location) return fail("a location, an offset and a length", entries);
  if (stated.size !== entries.length) fail("one location, one offset and one length", entries);
  const offset = wholeNumber(stated.get("offset") ?? "0");
  if (Number.isNaN(offset)) fail("at an offset that is a whole number", stated.get("offset"));
  const expected = tensorBytes(tensor);
  if (expected === undefined) {
    return fail("of a tensor with a type and a size", { dataType: tensor.dataType, dims: tensor.dims });
  }
  // without a length ONNX reads to the end of the file, which is right for a tensor that is alone in it
  const length = wholeNumber(stated.get("length") ?? String(expected));
  if (length !== expected) fail(`of ${expected} bytes, by its type and dims`, stated.get("length"));
  return { location: location.replace(/^(?:\.\/)+/, ""), offset, length };
}

/** A tensor with its data somewhere else. */
export function atRange(tensor: TensorProto, { location, offset, length }: WeightRange): TensorProto {
  const externalData = Object.entries({ location, offset, length })
    .map(([key, value]) => ({ key, value: String(value) }));
  return { ...tensor, rawData: undefined, dataLocation: EXTERNAL, externalData };
}

/** A tensor with its data in itself. */
export function inTensor(tensor: TensorProto, rawData: Uint8Array): TensorProto {
  return { ...tensor, rawData, dataLocation: undefined, externalData: undefined };
}
