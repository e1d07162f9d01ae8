/**
 * NumPy's SeedSequence: any number of well mixed seeds out of whole numbers of any size. M. E. O'Neill, "Developing a
 * seed_seq Alternative", 2015.
 */
export interface SeedSequenceOptions {
  /** What all seeds come from, at least 0. */
  readonly entropy: bigint;
  /** Which of the sequences that can be derived from it, each number at least 0. */
  readonly spawnKey?: readonly bigint[];
  /** Words that the entropy is mixed into, at least 4. */
  readonly poolSize: number;
}

const HASH = { start: 0x43b0d7e5, factor: 0x931e8875 } as const;
const GENERATE = { start: 0x8b51f9dd, factor: 0x58f38ded } as const;
const LEFT = 0xca01f9dd, RIGHT = 0x4973f715;

const folded = (word: number) => (word ^ (word >>> 16)) >>> 0;

/** A hash of words that is another one at each call. */
function hasher({ start, factor }: { start: number; factor: number }): (word: number) => number {
  let constant = start;
  return (word) => {
    const mixed = word ^ constant;
    constant = Math.imul(constant, factor);
    return folded(Math.imul(mixed, constant));
  };
}

/** The words of a whole number, lowest first; one for 0. */
function wordsOf(value: bigint): number[] {
  const words = [Number(value & 0xffffffffn)];
  return value >> 32n > 0n ? [...words, ...wordsOf(value >> 32n)] : words;
}

/** The first `count` seeds, 32 bits each, unsigned. */
export function generateSeeds(
  { entropy, spawnKey = [], poolSize }: SeedSequenceOptions,
  count: number,
): number[] {
  const words = wordsOf(entropy);
  // The key must not be taken for more of the entropy.
  while (spawnKey.length > 0 && words.length < poolSize) words.push(0);
  for (const part of spawnKey) words.push(...wordsOf(part));

  const hash = hasher(HASH);
  const pool = Array.from({ length: poolSize }, (_, i) => hash(words[i] ?? 0));
  const mixIn = (to: number, word: number) => {
    pool[to] = folded(Math.imul(LEFT, pool[to]) - Math.imul(RIGHT, hash(word)));
  };
  for (let from = 0; from < poolSize; from++) {
    for (let to = 0; to < poolSize; to++) if (from !== to) mixIn(to, pool[from]);
  }
  for (const word of words.slice(poolSize)) {
    for (let to = 0; to < poolSize; to++) mixIn(to, word);
  }
  const generate = hasher(GENERATE);
  return Array.from({ length: count }, (_, i) => generate(pool[i % poolSize]));
}
