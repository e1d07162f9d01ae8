/**
 * Brownian motion over noise levels, so that what is added between two levels does not depend on how many steps lie
 * between them: torchsde's BrownianInterval (Kidger et al., "Efficient and Accurate Gradients for Neural SDEs", 2021) as
 * diffusers and k-diffusion set it up for DPM++ SDE, on a CPU. Given the same levels it draws what torchsde draws, to
 * 2e-6, which is how far torch's own normal deviates vary. It rounds levels to six decimals, though: where torch's exp
 * and log give another last bit than ours, a level may fall on the next decimal, and the noise of the stretches that meet
 * there differs by some 1e-3. (Measured on six runs of DPM++ SDE: four the same to 3e-7, two within 2e-4.)
 *
 * @module
 */
import { DomainError } from "../../errors.ts";
import { generateSeeds } from "./seed_sequence.ts";
import { TorchGenerator } from "./torch_generator.ts";

export interface BrownianTreeOptions {
  /** The same for the whole batch, at least 0; or one for each image of it. */
  readonly seed: number | bigint | readonly (number | bigint)[];
  /** The least and the greatest noise level that will be asked for. */
  readonly low: number;
  readonly high: number;
  /** How many values to draw, for the whole batch. */
  readonly size: number;
}

const f32 = Math.fround;

/** torchsde's settings in both libraries: six decimals, and seeds of 24 mixed words. */
const DECIMALS = 6;
const POOL_SIZE = 24;

/** Python's round(x, 6): the nearest decimal, and of two equally near ones the even one, where toFixed goes up. */
function rounded(x: number): number {
  const up = Number(x.toFixed(DECIMALS));
  // Only a multiple of 2⁻⁷ can lie halfway: 5⁶ of the denominator's 2·10⁶ must cancel.
  const halves = x * 2e6;
  const isTie = Number.isInteger(x * 2 ** 7) && halves % 2 === 1;
  return isTie && (halves - 1) % 4 === 0 ? Number(((halves - 1) / 2e6).toFixed(DECIMALS)) : up;
}

/** How many halvings to remember: those on the way to two levels, as each step begins where the one before ended. */
const REMEMBERED = 64;

/** A part of the path between two levels, and by how much it moves. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly w: Float32Array;
  /** Its place among those of its depth, from the left. */
  readonly key: bigint;
  readonly depth: number;
}

/** One path, from its lowest to its highest level. */
class BrownianPath {
  readonly #entropy: bigint;
  readonly #whole: Stretch;
  /** Left halves; they could be drawn again at any time. Oldest first. */
  readonly #halves = new Map<string, Float32Array>();

  constructor(seed: number | bigint, low: number, high: number, size: number) {
    this.#entropy = BigInt(seed);
    const scale = f32(Math.sqrt(high - low));
    const w = this.#normal([], size).map((z) => z * scale);
    this.#whole = { start: rounded(low), end: rounded(high), w, key: 0n, depth: 0 };
  }

  /** W(to) − W(from). */
  increment(from: number, to: number): Float32Array {
    const { start, end, w } = this.#whole;
    const clamp = (level: number) => rounded(Math.min(Math.max(level, start), end));
    const sum = new Float32Array(w.length);
    if (clamp(from) < clamp(to)) this.#add(sum, clamp(from), clamp(to), this.#whole);
    return sum;
  }

  #normal(spawnKey: readonly bigint[], size: number): Float32Array {
    const [seed] = generateSeeds({ entropy: this.#entropy, spawnKey, poolSize: POOL_SIZE }, 1);
    return new TorchGenerator(seed).randn(size);
  }

  /** How the path moves from the start of a stretch to its middle: the Brownian bridge between what is known. */
  #leftHalf({ start, end, w, key, depth }: Stretch, middle: number): Float32Array {
    const name = `${depth}:${key}`;
    let half = this.#halves.get(name);
    if (!half) {
      const before = middle - start, share = 1 / (end - start);
      const deviation = f32(Math.sqrt(before * (end - middle) * share));
      const z = this.#normal([key, BigInt(depth)], w.length);
      half = w.map((value, j) => f32(f32(before * value) * share) + f32(deviation * z[j]));
    }
    this.#halves.delete(name);
    this.#halves.set(name, half);
    if (this.#halves.size > REMEMBERED) this.#halves.delete(this.#halves.keys().next().value!);
    return half;
  }

  /** Adds what lies within [from, to] of a stretch to the sum, from left to right. */
  #add(sum: Float32Array, from: number, to: number, stretch: Stretch): void {
    const { start, end, w, key } = stretch;
    if (from <= start && end <= to) {
      for (let j = 0; j < sum.length; j++) sum[j] += w[j];
      return;
    }
    const middle = rounded(0.5 * (end + start)), depth = stretch.depth + 1;
    const left = this.#leftHalf(stretch, middle);
    if (from < middle) this.#add(sum, from, to, { start, end: middle, w: left, key: 2n * key, depth });
    if (to > middle) {
      const right = w.map((value, j) => value - left[j]);
      this.#add(sum, from, to, { start: middle, end, w: right, key: 2n * key + 1n, depth });
    }
  }
}

/**
 * A source of noise for solvers that name the stretch of the schedule they want it for: standard normal for any stretch,
 * and of stretches that do not overlap independent. The same stretch always gives the same noise.
 *
 * @throws {DomainError} when a seed is negative or the batch does not divide the size; and, from the source, when it is
 * asked for noise without a stretch
 */
export function brownianTree(
  { seed, low, high, size }: BrownianTreeOptions,
): (interval?: { readonly from: number; readonly to: number }) => Float32Array {
  const doing = "draw noise from a Brownian tree";
  const seeds = typeof seed === "object" ? seed : [seed];
  for (const each of seeds) {
    if (!(typeof each === "bigint" || Number.isSafeInteger(each)) || each < 0) {
      throw new DomainError({ doing, what: "the seed", rule: "a whole number of at least 0", got: each });
    }
  }
  if (seeds.length === 0 || size % seeds.length !== 0) {
    throw new DomainError({
      doing,
      what: "the size",
      rule: `a multiple of the ${seeds.length} seeds`,
      got: size,
    });
  }
  const paths = seeds.map((each) => new BrownianPath(each, low, high, size / seeds.length));
  return (interval) => {
    if (!interval) {
      throw new DomainError({ doing, what: "the interval", rule: "two noise levels", got: interval });
    }
    const from = Math.min(interval.from, interval.to), to = Math.max(interval.from, interval.to);
    // Downwards, as sampling goes, the path is walked backwards.
    const deviation = Math.sign(interval.to - interval.from) * f32(Math.sqrt(f32(f32(to) - f32(from))));
    const noise = new Float32Array(size);
    paths.forEach((path, b) => {
      noise.set(path.increment(from, to).map((value) => value / deviation), b * (size / paths.length));
    });
    return noise;
  };
}
