/**
 * Attention on a CPU: scores, weights and their sum over the values, by 128-bit SIMD in WebAssembly.
 *
 * @module
 */
import { SIMD_KERNEL_BYTES } from "./simd_kernel_bytes.ts";

/** The kernel over one memory; each thread has its own, over the memory that they share. */
export interface SimdKernel {
  /**
   * Computes some units of a job, of which `unitCount` says how many there are. Units may be computed in any order and
   * by any thread.
   *
   * @param job Where `writeJob` wrote it.
   * @param from The first unit.
   * @param to The end of the units, exclusive.
   * @param scratch `scratchBytes` of this thread's own, at a multiple of 16; what is in them does not matter.
   */
  attend(job: number, from: number, to: number, scratch: number): void;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** Compiles the kernel; once, however often it is asked for. The module may be sent to Workers. */
export function compileSimdKernel(): Promise<WebAssembly.Module> {
  compiled ??= WebAssembly.compile(Uint8Array.from(atob(SIMD_KERNEL_BYTES), (c) => c.charCodeAt(0)));
  return compiled;
}

/**
 * The kernel over a memory, which must be shared and have a maximum. Bytes 0 to 1023 hold the kernel's constants; all
 * others are the caller's.
 */
export function instantiateSimdKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): SimdKernel {
  const { attend } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  return { attend: attend as SimdKernel["attend"] };
}
