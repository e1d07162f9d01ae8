/**
 * Tensors on the host.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";

/** Element types that a session takes or gives. */
export type DType = "float32" | "float16" | "int64" | "int32" | "uint8" | "bool";

export type TensorData =
  | Float32Array<ArrayBuffer>
  | Float16Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** A dense tensor in row-major order. */
export interface Tensor<D extends TensorData = TensorData> {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: D;
}

/** Name, type and shape of a session's input or output; a string is a size known at run time only. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

export type FloatTensor = Tensor<Float32Array<ArrayBuffer>>;

/** The number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/**
 * A float32 tensor over the given data, not copied.
 *
 * @throws {DomainError} if the shape and the data differ in size.
 */
export function floatTensor(shape: readonly number[], data: Float32Array<ArrayBuffer>): FloatTensor {
  if (elementCount(shape) !== data.length) {
    throw new DomainError({
      doing: "make a tensor",
      what: `data for shape [${shape.join(", ")}]`,
      rule: `${elementCount(shape)} numbers`,
      got: data.length,
    });
  }
  return { dtype: "float32", shape, data };
}

/** The tensor's numbers in another element type; the same tensor if it has that type already. */
export function castTensor(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const { shape, data } = tensor;
  const numbers = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
  switch (dtype) {
    case "float32":
      return { dtype, shape, data: Float32Array.from(numbers) };
    case "float16":
      return { dtype, shape, data: Float16Array.from(numbers) };
    case "int64":
      return {
        dtype,
        shape,
        data: BigInt64Array.from(
          numbers as ArrayLike<number> & Iterable<number>,
          (x) => BigInt(Math.trunc(x)),
        ),
      };
    case "int32":
      return { dtype, shape, data: Int32Array.from(numbers) };
    case "uint8":
    case "bool":
      return { dtype, shape, data: Uint8Array.from(numbers) };
    default:
      return dtype satisfies never;
  }
}

/** Tensors joined along their first axis, [B₁ + B₂ + …, …]; all other axes must agree. */
export function stackBatches(tensors: readonly FloatTensor[]): FloatTensor {
  const rest = tensors[0].shape.slice(1);
  for (const { shape } of tensors) {
    if (shape.slice(1).join() !== rest.join()) {
      throw new DomainError({
        doing: "join batches",
        what: "shapes",
        rule: `equal after the first axis ([${tensors[0].shape.join(", ")}])`,
        got: shape,
      });
    }
  }
  if (tensors.length === 1) return tensors[0];
  const data = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.data.length, 0));
  let offset = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, offset);
    offset += tensor.data.length;
  }
  return floatTensor([tensors.reduce((sum, { shape }) => sum + shape[0], 0), ...rest], data);
}

/** Rows `start` to `end` (exclusive) of the first axis, as a view. */
export function sliceBatch(tensor: FloatTensor, start: number, end: number): FloatTensor {
  const row = elementCount(tensor.shape.slice(1));
  return floatTensor([end - start, ...tensor.shape.slice(1)], tensor.data.subarray(start * row, end * row));
}
