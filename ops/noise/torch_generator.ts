import { DomainError } from "../../errors.ts";
import { Mt19937 } from "./mt19937.ts";

/** From this size on torch fills tensors sixteen at a time. */
const VECTOR = 16;
const HALF = VECTOR / 2;

const f32 = Math.fround;
const TWO_PI = f32(2 * Math.PI);

/** The 32 bits of a seed that torch's CPU generator uses; −1 is 2⁶⁴ − 1. */
function seedBits(seed: number | bigint): number {
  if (typeof seed === "bigint" || Number.isSafeInteger(seed)) {
    const wide = BigInt(seed);
    if (wide >= -(2n ** 63n) && wide < 2n ** 64n) return Number(BigInt.asUintN(32, wide));
  }
  const rule = "a whole number from -2^63 to 2^64 - 1, as a bigint where a number cannot hold it exactly";
  throw new DomainError({ doing: "seed the noise", what: "the seed", rule, got: seed });
}

/**
 * `torch.Generator("cpu").manual_seed(seed)`, to draw what torch draws. The noise equals torch's to 2e-6, which is how
 * far torch's own code paths for different processors lie apart.
 *
 * It is a stream: each draw goes on where the last one ended.
 */
export class TorchGenerator {
  readonly #bits: Mt19937;
  /** The second of the two values that one Box-Muller transform gives, when the first alone was wanted. */
  #spare: number | undefined;

  /** @param seed −2⁶³ … 2⁶⁴ − 1; seeds that are equal modulo 2³² give the same noise */
  constructor(seed: number | bigint) {
    this.#bits = new Mt19937(seedBits(seed));
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

  /**
   * `torch.randn(size, generator=generator)`: standard normal noise.
   *
   * @param size How many values; the product of a tensor's shape.
   * @returns float32
   */
  randn(size: number): Float32Array {
    if (!(Number.isSafeInteger(size) && size >= 0)) {
      throw new DomainError({
        doing: "draw noise",
        what: "the size",
        rule: "a whole number of at least 0",
        got: size,
      });
    }
    const values = new Float32Array(size);
    if (size < VECTOR) return values.map(() => this.#normal());
    for (let j = 0; j < size; j++) values[j] = this.#uniform();
    for (let at = 0; at + VECTOR <= size; at += VECTOR) this.#fillSixteen(values, at);
    if (size % VECTOR !== 0) {
      // Torch draws the last sixteen afresh, over part of the sixteen before them.
      const last = size - VECTOR;
      for (let j = last; j < size; j++) values[j] = this.#uniform();
      this.#fillSixteen(values, last);
    }
    return values;
  }
}
