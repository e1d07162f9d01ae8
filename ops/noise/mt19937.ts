/** Words of state. */
const N = 624;
/** The word that a new one is mixed with. */
const M = 397;

/** The Mersenne Twister, 32 bits. Matsumoto & Nishimura, "Mersenne Twister", 1998. Torch's generator on a CPU. */
export class Mt19937 {
  readonly #words = new Uint32Array(N);
  #next = N;

  /** @param seed 32 bits, unsigned */
  constructor(seed: number) {
    const words = this.#words;
    words[0] = seed;
    for (let i = 1; i < N; i++) {
      const before = words[i - 1] ^ (words[i - 1] >>> 30);
      words[i] = Math.imul(1812433253, before) + i;
    }
  }

  #twist(): void {
    const words = this.#words;
    for (let i = 0; i < N; i++) {
      const mixed = (words[i] & 0x80000000) | (words[(i + 1) % N] & 0x7fffffff);
      words[i] = words[(i + M) % N] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }

  /** The next 32 random bits, unsigned. */
  next(): number {
    if (this.#next === N) this.#twist();
    let y = this.#words[this.#next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
}
