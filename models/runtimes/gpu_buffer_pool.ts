/**
 * GPU buffers that are used again.
 *
 * @module
 */
import { OutOfMemoryError } from "../../errors.ts";
import type { GpuTensor } from "./gpu_tensor.ts";
import { countLive } from "./live_count.ts";
import { elementCount } from "./tensor.ts";

/** Buffers for tensors that live between two dispatches. Commands of one queue run in order, so that a buffer may be written again as soon as the last command that reads it was submitted. */
export interface GpuBufferPool extends Disposable {
  /**
   * A tensor over a buffer of the pool; what it holds is undefined.
   *
   * @param label What it is for, in errors.
   * @throws {OutOfMemoryError} if the device's limits do not allow a buffer of that size.
   */
  tensor(dtype: "float32" | "float16", shape: readonly number[], label: string): GpuTensor;
  /** Bytes of all buffers that the pool has made. */
  readonly bytes: number;
  /** Destroys all buffers, those of tensors too: the next tensor gets a new one. */
  empty(): void;
}

/** Shapes repeat from step to step, so that sizes are rounded but little. */
const GRAIN = 256;

/** A pool on a device. Disposing it destroys all of its buffers. */
export function createGpuBufferPool(device: GPUDevice): GpuBufferPool {
  const free = new Map<number, GPUBuffer[]>();
  const all = new Map<GPUBuffer, () => void>();
  let bytes = 0;

  function take(size: number, label: string): GPUBuffer {
    const known = free.get(size)?.pop();
    if (known) return known;
    const most = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
    if (size > most) {
      throw new OutOfMemoryError({
        doing: `allocate the result of ${label}`,
        what: "a GPU buffer",
        rule: `at most ${most} bytes on this adapter`,
        got: `${size} bytes`,
        remedy: "Make fewer or smaller pictures at once.",
      }, { bytes: size });
    }
    const buffer = device.createBuffer({
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      label,
    });
    all.set(buffer, countLive("gpuBuffers"));
    bytes += size;
    return buffer;
  }

  function empty(): void {
    for (const [buffer, release] of all) {
      buffer.destroy();
      release();
    }
    all.clear();
    free.clear();
    bytes = 0;
  }

  return {
    tensor(dtype, shape, label) {
      const size = Math.ceil(elementCount(shape) * (dtype === "float16" ? 2 : 4) / GRAIN) * GRAIN;
      const buffer = take(size, label);
      let held = true;
      return {
        dtype,
        shape,
        buffer,
        [Symbol.dispose]() {
          if (!held || !all.has(buffer)) return;
          held = false;
          const list = free.get(size);
          if (list) list.push(buffer);
          else free.set(size, [buffer]);
        },
      };
    },
    get bytes() {
      return bytes;
    },
    empty,
    [Symbol.dispose]: empty,
  };
}
