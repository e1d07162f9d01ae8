/** In what precision noise is drawn. The values are kept as float32 all the same. */
export type NoiseDtype = "float32" | "float16" | "bfloat16";

/** Draws noise, as a stream: each draw goes on where the last one ended. */
export interface RandomGenerator {
  /**
   * Standard normal noise.
   *
   * @param size How many values; the product of a tensor's shape.
   * @param dtype Default: float32.
   * @returns float32
   */
  randn(size: number, dtype?: NoiseDtype): Float32Array<ArrayBuffer>;
}

const bits = new DataView(new ArrayBuffer(4));

/** The upper 16 bits of a float32, rounded to the nearest, ties to even. */
function bfloat16(value: number): number {
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  bits.setUint32(0, (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000);
  return bits.getFloat32(0);
}

/** Finite values as the type holds them. */
export function roundedTo(dtype: NoiseDtype, values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case "float32":
      return values;
    case "float16":
      return Float32Array.from(Float16Array.from(values));
    case "bfloat16":
      return values.map(bfloat16);
    default:
      return dtype satisfies never;
  }
}
