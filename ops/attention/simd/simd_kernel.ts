/**
 * Attention on a CPU: one pass over a tile of queries gives its scores, weights and weighted sums, with nothing of it
 * stored. WebAssembly with SIMD, from AssemblyScript in assembly/; `deno task simd` builds it.
 *
 * @module
 */
import { SIMD_KERNEL } from "./simd_kernel_bytes.ts";

/** An instance over some memory, of which the first {@linkcode KERNEL_BYTES} are its own. */
export interface SimdKernel {
  /**
   * Computes units `from` to `to` (exclusive) of a job.
   *
   * @param job Where `writeJob` wrote it.
   * @param scratch `scratchBytes` of memory that no one else uses meanwhile; a multiple of 16.
   */
  attend(job: number, from: number, to: number, scratch: number): void;
}

/** What the caller must leave alone. */
export const KERNEL_BYTES = 1024;

let compiled: Promise<WebAssembly.Module> | undefined;

/** The kernel's module, compiled once. It imports a shared memory as `env.memory`. */
export function compileSimdKernel(): Promise<WebAssembly.Module> {
  return compiled ??= WebAssembly.compile(Uint8Array.fromBase64(SIMD_KERNEL));
}

/** An instance of the module. Several may share one memory, each on its thread. */
export function instantiateSimdKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): SimdKernel {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as SimdKernel;
}
