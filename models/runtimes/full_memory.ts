/**
 * WebAssembly memory that is there in full from the beginning.
 *
 * V8 tells the threads of a shared memory late that it has grown. Where one thread grows it and at once gives another
 * work in what is new, as onnxruntime's threads do in mid-run, that one traps ("memory access out of bounds"), and the
 * first waits for it for ever. A memory that never grows has no such moment; of what is never touched nothing is taken.
 *
 * @module
 */

/**
 * Sizes to begin with, in pages of 64 KiB, as many as the system gives: all there is but a page, since onnxruntime takes
 * 4 GiB, in 32 bits, for none; 2 and 1 GiB.
 */
const SIZES = [65_535, 32_768, 16_384];

/** A shared memory of the greatest size that the system gives, at least what is asked for. */
export function fullMemory(
  descriptor: WebAssembly.MemoryDescriptor,
  Memory: typeof WebAssembly.Memory = WebAssembly.Memory,
): WebAssembly.Memory {
  const { initial, maximum = initial } = descriptor;
  for (const size of SIZES) {
    if (size <= initial || size > maximum) continue;
    try {
      return new Memory({ ...descriptor, initial: size });
    } catch (error) {
      // a system that counts untouched memory too may have less
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return new Memory(descriptor);
}

/** Does some work during which every shared memory that is made is a full one: that of a library which makes its own. */
export async function withFullMemory<T>(work: () => Promise<T>): Promise<T> {
  const { Memory } = WebAssembly;
  class FullMemory extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      return descriptor.shared ? fullMemory(descriptor, Memory) : this;
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Memory;
    }
  }
  WebAssembly.Memory = FullMemory;
  try {
    return await work();
  } finally {
    WebAssembly.Memory = Memory;
  }
}
