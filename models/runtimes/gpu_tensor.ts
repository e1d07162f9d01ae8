/**
 * Tensors in a GPU's memory.
 *
 * @module
 */
import type { DType, Tensor } from "./tensor.ts";

/** A dense tensor in row-major order in a GPU buffer, which it owns: disposing it gives the buffer back. */
export interface GpuTensor extends Disposable {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly buffer: GPUBuffer;
}

/** A tensor wherever it lies. */
export type PlacedTensor = Tensor | GpuTensor;

/** Whether a tensor lies in a GPU's memory. */
export function isOnGpu(tensor: PlacedTensor): tensor is GpuTensor {
  return "buffer" in tensor;
}

/** Gives a tensor's memory back, where it is owned. */
export function giveBack(tensor: PlacedTensor): void {
  if (isOnGpu(tensor)) tensor[Symbol.dispose]();
}
