const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
/** What the key grows by: the golden ratio and √3 − 1, in 32 bits. */
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;

/** Four words of 32 bits, unsigned. */
export type FourWords = readonly [number, number, number, number];

/** The upper and lower half of the product of two words. */
function product(a: number, b: number): [high: number, low: number] {
  const low = Math.imul(a, b) >>> 0;
  const aLow = a & 0xffff, aHigh = a >>> 16, bLow = b & 0xffff, bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) / 0x10000 >>> 0);
  const carried = aLow * bHigh + middle % 0x10000;
  return [aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000), low];
}

/**
 * Philox 4x32-10: four random words that belong to a counter under a key. Salmon et al., "Parallel Random Numbers: As
 * Easy as 1, 2, 3", 2011.
 */
export function philox(counter: FourWords, key: readonly [number, number]): FourWords {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const [high0, low0] = product(MULTIPLIERS[0], a), [high1, low1] = product(MULTIPLIERS[1], c);
    [a, b, c, d] = [(high1 ^ b ^ k0) >>> 0, low1, (high0 ^ d ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL[0]) >>> 0;
    k1 = (k1 + WEYL[1]) >>> 0;
  }
  return [a, b, c, d];
}
