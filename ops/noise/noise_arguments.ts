import { DomainError } from "../../errors.ts";

/** @throws {DomainError} unless it is a number of values */
export function checkNoiseSize(size: number): void {
  if (Number.isSafeInteger(size) && size >= 0) return;
  throw new DomainError({
    doing: "draw noise",
    what: "the size",
    rule: "a whole number of at least 0",
    got: size,
  });
}

/**
 * The seed as torch's generators take it, 64 bits, unsigned; −1 is 2⁶⁴ − 1.
 *
 * @throws {DomainError} unless it is a whole number from −2⁶³ to 2⁶⁴ − 1
 */
export function torchSeed(seed: number | bigint): bigint {
  if (typeof seed === "bigint" || Number.isSafeInteger(seed)) {
    const wide = BigInt(seed);
    if (wide >= -(2n ** 63n) && wide < 2n ** 64n) return BigInt.asUintN(64, wide);
  }
  const rule = "a whole number from -2^63 to 2^64 - 1, as a bigint where a number cannot hold it exactly";
  throw new DomainError({ doing: "seed the noise", what: "the seed", rule, got: seed });
}
