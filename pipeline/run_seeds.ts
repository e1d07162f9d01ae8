/**
 * The seed of each picture of a run.
 *
 * @module
 */
import { DomainError } from "../errors.ts";

/** How a run is told its seeds. */
export interface SeedOptions {
  /**
   * Seed of the first image's noise, taken as torch.Generator takes it; image i of a batch has the seed plus i, so
   * that a batch equals as many single runs. Default: random; the image's metadata say which.
   */
  readonly seed?: number | bigint;
  /** A seed for each picture, instead of `seed`. */
  readonly seeds?: readonly (number | bigint)[];
}

const RANDOM_SEED_RANGE = 2 ** 32;

/** torch.Generator takes seeds from −2⁶³ to 2⁶⁴ − 1. */
const LEAST_SEED = -(2n ** 63n), SEED_RANGE = 2n ** 64n;

function checkSeed(what: string, seed: number | bigint): bigint {
  const whole = typeof seed === "bigint" || Number.isSafeInteger(seed);
  if (whole && BigInt(seed) >= LEAST_SEED && BigInt(seed) < SEED_RANGE) return BigInt(seed);
  throw new DomainError({
    doing: "generate",
    what,
    rule: "a whole number from -2^63 to 2^64 - 1 (as a bigint beyond 2^53)",
    got: seed,
  });
}

/**
 * The seeds of `count` pictures.
 *
 * @throws {DomainError} if a seed is out of range, both options are given, or there are not as many seeds as pictures.
 */
export function pictureSeeds({ seed, seeds }: SeedOptions, count: number): bigint[] {
  if (seeds === undefined) {
    const first = checkSeed("seed", seed ?? Math.floor(Math.random() * RANDOM_SEED_RANGE));
    return Array.from({ length: count }, (_, i) => first + BigInt(i));
  }
  if (seed !== undefined) {
    throw new DomainError({ doing: "generate", what: "seed", rule: "absent, as seeds are given", got: seed });
  }
  if (seeds.length !== count) {
    const rule = `one for each picture, ${count}`;
    throw new DomainError({ doing: "generate", what: "the number of seeds", rule, got: seeds.length });
  }
  return seeds.map((each, i) => checkSeed(`seeds[${i}]`, each));
}
