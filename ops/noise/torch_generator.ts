import { Mt19937 } from "./mt19937.ts";
import { checkNoiseSize, torchSeed } from "./noise_arguments.ts";
import { type NoiseDtype, type RandomGenerator, roundedTo } from "./noise_dtype.ts";

/** From this size on torch fills tensors sixteen at a time. */
const VECTOR = 16;
const HALF = VECTOR / 2;

const f32 = Math.fround;
const TWO_PI = f32(2 * Math.PI);

/**
 * `torch.Generator("cpu").manual_seed(seed)`, to draw what torch draws. The noise equals torch's to 2e-6, which is how
 * far torch's own code paths for different processors lie apart.
 *
 * It is a stream: each draw goes on where the last one ended.
 */
export class TorchGenerator implements RandomGenerator {
  readonly #bits: Mt19937;
  /** The second of the two values that one Box-Muller transform gives, when the first alone was wanted. */
  #spare: number | undefined;

  /** @param seed −2⁶³ … 2⁶⁴ − 1; seeds that are equal modulo 2³² give the same noise */
  constructor(seed: number | bigint) {
    this.#bits = new Mt19937(Number(BigInt.asUintN(32, torchSeed(seed))));
  }

  /** `torch.rand`'s float32 value: 24 random bits, 0 ≤ u < 1. */
  #uniform(): number {
    return (this.#bits.next() & 0xffffff) / 0x1000000;
  }

  /** A float64 value of 53 random bits, 0 ≤ u < 1. */
  #uniformDouble(): number {
    const high = this.#bits.next(), low = this.#bits.next();
    return ((high & 0x1fffff) * 0x100000000 + low) / 2 ** 53;
  }

  /** Box & Muller 1958, in float64, one value at a time. */
  #normal(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    const angle = 2 * Math.PI * this.#uniformDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniformDouble()));
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Box & Muller on 16 uniform values, the pairs eight apart, in float32. */
  #fillSixteen(values: Float32Array, at: number): void {
    for (let j = at; j < at + HALF; j++) {
      const radius = f32(Math.sqrt(f32(-2 * f32(Math.log(f32(1 - values[j]))))));
      const angle = f32(TWO_PI * values[j + HALF]);
      values[j] = radius * f32(Math.cos(angle));
      values[j + HALF] = radius * f32(Math.sin(angle));
    }
  }

  /** Sixteen values at `at`, drawn afresh. */
  #drawSixteen(values: Float32Array, at: number): void {
    for (let j = at; j < at + VECTOR; j++) values[j] = this.#uniform();
    this.#fillSixteen(values, at);
  }

  /**
   * `torch.randn(size, generator=generator, dtype=dtype)`: standard normal noise. In half precision it is float32's,
   * rounded, but for sizes above 16 that are no multiple of it, which torch 2.13 draws in another order.
   *
   * @param size How many values; the product of a tensor's shape.
   * @param dtype What torch would draw; the values come as float32 all the same.
   */
  randn(size: number, dtype: NoiseDtype = "float32"): Float32Array<ArrayBuffer> {
    checkNoiseSize(size);
    const values = new Float32Array(size);
    if (size < VECTOR) return roundedTo(dtype, values.map(() => this.#normal()));
    const whole = size - size % VECTOR;
    if (dtype === "float32") {
      for (let j = 0; j < size; j++) values[j] = this.#uniform();
      for (let at = 0; at < whole; at += VECTOR) this.#fillSixteen(values, at);
    } else {
      for (let at = 0; at < whole; at += VECTOR) this.#drawSixteen(values, at);
    }
    // Torch draws the last sixteen afresh, over part of the sixteen before them.
    if (whole < size) this.#drawSixteen(values, size - VECTOR);
    return roundedTo(dtype, values);
  }
}
