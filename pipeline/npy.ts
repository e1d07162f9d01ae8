/**
 * NumPy's `.npy` files, version 1.0: the way to compare tensors with any other implementation
 * (`numpy.load("step-000.npy")`). The format is NEP 1,
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
 *
 * @module
 */

import { ImageError } from "../errors.ts";

/** The element types that are written and read, named as ONNX and NumPy name them. */
export type NpyDtype = keyof typeof CODES;

/** A dense array in row-major (C) order. */
export interface NpyArray {
  readonly dtype: NpyDtype;
  /** Sizes of the axes, the slowest first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** The elements; float16 as `Float16Array` or as its bits in a `Uint16Array`, bool as bytes 0 and 1. */
  readonly data: ArrayBufferView & ArrayLike<number | bigint>;
}

/** NumPy's type codes: byte order (`|` where it means nothing), kind, bytes per element. */
const CODES = {
  float16: "<f2",
  float32: "<f4",
  float64: "<f8",
  int8: "|i1",
  int16: "<i2",
  int32: "<i4",
  int64: "<i8",
  uint8: "|u1",
  uint16: "<u2",
  uint32: "<u4",
  uint64: "<u8",
  bool: "|b1",
} as const;

const ARRAYS = {
  float16: Float16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Record<NpyDtype, unknown>;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"
/** Magic, major and minor version, and the header's length in two bytes. */
const PREFIX = MAGIC.length + 2 + 2;
/** The data begin at a multiple of this, so that they can be mapped into memory. */
const ALIGNMENT = 64;

/**
 * Encodes an array as the bytes of a `.npy` file.
 *
 * @throws {ImageError} If `data` does not hold as many elements as `shape` says, or not of the size of `dtype`.
 */
export function encodeNpy(array: NpyArray): Uint8Array {
  const { dtype, shape, data } = array;
  const code = CODES[dtype];
  const bytesExpected = elementCount(shape) * bytesPerElement(dtype);
  if (data.byteLength !== bytesExpected) {
    throw new ImageError({
      doing: "encode an array for NumPy",
      what: "the data",
      rule: `${bytesExpected} bytes for ${dtype} [${shape.join(", ")}]`,
      got: data.byteLength,
    });
  }
  // Python's spelling of a tuple: one element needs its comma
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${code}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((PREFIX + header.length + 1) / ALIGNMENT) * ALIGNMENT - PREFIX;
  const bytes = new Uint8Array(PREFIX + length + data.byteLength);
  bytes.set(MAGIC);
  bytes.set([1, 0, length & 0xff, length >> 8], MAGIC.length);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), PREFIX);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), PREFIX + length);
  return bytes;
}

/**
 * Decodes a `.npy` file (versions 1 to 3, little-endian, row-major).
 *
 * @throws {ImageError} If the bytes are not such a file, or are cut off.
 */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw notNpy("a .npy file, by its first 6 bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // version 1 has two bytes for the header's length, later ones four
  const start = bytes[MAGIC.length] === 1 ? PREFIX : PREFIX + 2;
  if (bytes.length < start) throw notNpy("whole, but it ends inside its header");
  const length = start === PREFIX ? view.getUint16(PREFIX - 2, true) : view.getUint32(PREFIX - 2, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const code = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const tuple = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  const dtype = (Object.keys(CODES) as NpyDtype[]).find((name) => CODES[name] === code);
  if (dtype === undefined || tuple === undefined) {
    throw notNpy(`of a type among ${Object.values(CODES).join(", ")}`, code ?? header);
  }
  if (!/'fortran_order':\s*False/.test(header)) throw notNpy("in row-major order (fortran_order False)");
  const shape = tuple.split(",").filter((size) => size.trim() !== "").map(Number);
  const size = elementCount(shape) * bytesPerElement(dtype);
  const body = bytes.slice(start + length, start + length + size);
  if (body.length !== size) throw notNpy(`whole: ${size} bytes of elements`, body.length);
  return { dtype, shape, data: new ARRAYS[dtype](body.buffer) };
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function bytesPerElement(dtype: NpyDtype): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

function notNpy(rule: string, got?: unknown): ImageError {
  return new ImageError({
    doing: "read a NumPy array",
    what: "the file",
    rule,
    ...(got === undefined ? {} : { got }),
  });
}
