/**
 * Numbers for drawing scenes: the same seed gives the same scenes for ever.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";
import { Mt19937 } from "../../ops/noise/mt19937.ts";

/** A source of random numbers. */
export interface Random {
  /** The next number, from 0 up to but not including 1. */
  next(): number;
}

const WORD = 32;

/**
 * The Mersenne Twister with 53 bits a number.
 *
 * @param seed Any whole number; seeds that are equal modulo 2³² are the same, as they are to torch's generator.
 * @throws {DomainError} The seed is not a whole number.
 */
export function seededRandom(seed: number | bigint): Random {
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw new DomainError({ doing: "draw scenes", what: "seed", rule: "a whole number", got: seed });
  }
  const twister = new Mt19937(Number(BigInt.asUintN(WORD, BigInt(seed))));
  return {
    next() {
      const high = twister.next() >>> 5, low = twister.next() >>> 6;
      return (high * 2 ** 26 + low) / 2 ** 53;
    },
  };
}

/** One of several, each as likely. */
export function choose<T>(random: Random, options: readonly T[]): T {
  return options[Math.floor(random.next() * options.length)];
}

/** Several different ones, in random order. */
export function chooseSome<T>(random: Random, options: readonly T[], count: number): T[] {
  const left = [...options];
  return Array.from({ length: count }, () => left.splice(Math.floor(random.next() * left.length), 1)[0]);
}

/** One of several by weight, those being whole or broken numbers of which one at least is above 0. */
export function chooseByWeight<T>(random: Random, options: readonly (readonly [T, number])[]): T {
  const total = options.reduce((sum, [, weight]) => sum + weight, 0);
  let at = random.next() * total;
  for (const [option, weight] of options) {
    if (at < weight) return option;
    at -= weight;
  }
  return options.findLast(([, weight]) => weight > 0)![0];
}
