/**
 * How many bytes a tensor's data take.
 *
 * @module
 */
import { type TensorProto, toNumber } from "./onnx_types.ts";

/** Bits of an element, by ONNX's TensorProto.DataType. Strings (8) have no size, and never lie in raw data. */
const BITS: Readonly<Record<number, number>> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128 },
  ...{ 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2 },
};

/** The size of a tensor's raw data; undefined where type and dims are not those of one. */
export function tensorBytes({ dataType = 0, dims = [] }: TensorProto): number | undefined {
  const sizes = dims.map(toNumber);
  const bits = sizes.reduce((product, size) => product * size, BITS[dataType] ?? NaN);
  return sizes.every((size) => size >= 0) && Number.isSafeInteger(bits) ? Math.ceil(bits / 8) : undefined;
}
