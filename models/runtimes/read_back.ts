/**
 * Copying a tensor from the GPU to the host.
 *
 * @module
 */
import type { GpuTensor } from "./gpu_tensor.ts";
import { elementCount } from "./tensor.ts";

/** Copies are whole words. */
const WORD = 4;

/**
 * A GPU tensor's numbers, as float32.
 *
 * @param tensor Of type float32 or float16.
 */
export async function readBack(
  device: GPUDevice,
  { buffer, dtype, shape }: GpuTensor,
): Promise<Float32Array> {
  const bytes = elementCount(shape) * (dtype === "float16" ? 2 : 4);
  const size = Math.ceil(bytes / WORD) * WORD;
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const copy = staging.getMappedRange().slice(0, bytes);
    return dtype === "float16" ? Float32Array.from(new Float16Array(copy)) : new Float32Array(copy);
  } finally {
    staging.destroy();
  }
}
