/**
 * What goes over to the GPU: onnxruntime's own dispatches and buffers too, since both use the same device.
 *
 * Counted by wrapping WebGPU's own methods, for benchmarks alone.
 */

/** Counts since the last `reset`; `liveBytes` and `peakBytes` are since `countGpu`. */
export interface GpuCounts {
  dispatches: number;
  submits: number;
  /** Bytes written from the host, and mapped for it to read. */
  bytesUp: number;
  bytesDown: number;
  liveBytes: number;
  peakBytes: number;
}

type Method = (...args: never[]) => unknown;

/** Calls `before` with the arguments of each call of a method. */
function wrap<T extends object>(
  prototype: T,
  name: keyof T & string,
  before: (self: unknown, args: unknown[], result: unknown) => void,
) {
  const original = prototype[name] as Method;
  Object.defineProperty(prototype, name, {
    configurable: true,
    writable: true,
    value(this: unknown, ...args: never[]) {
      const result = original.apply(this, args);
      before(this, args, result);
      return result;
    },
  });
}

let counts: GpuCounts | undefined;

/** Starts counting, once; gives the same counts whenever it is called. */
export function countGpu(): GpuCounts {
  if (counts) return counts;
  const counted: GpuCounts = counts = {
    dispatches: 0,
    submits: 0,
    bytesUp: 0,
    bytesDown: 0,
    liveBytes: 0,
    peakBytes: 0,
  };
  const sizes = new WeakMap<object, number>();
  wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => counted.dispatches++);
  wrap(GPUQueue.prototype, "submit", () => counted.submits++);
  wrap(GPUQueue.prototype, "writeBuffer", (_, [, , data, , size]) => {
    counted.bytesUp += Number(size ?? (data as ArrayBuffer).byteLength);
  });
  wrap(GPUBuffer.prototype, "mapAsync", (self) => counted.bytesDown += (self as GPUBuffer).size);
  wrap(GPUDevice.prototype, "createBuffer", (_, [descriptor], made) => {
    const { size } = descriptor as GPUBufferDescriptor;
    sizes.set(made as object, size);
    counted.liveBytes += size;
    counted.peakBytes = Math.max(counted.peakBytes, counted.liveBytes);
  });
  wrap(GPUBuffer.prototype, "destroy", (self) => {
    counted.liveBytes -= sizes.get(self as object) ?? 0;
    sizes.delete(self as object);
  });
  return counted;
}

/** Forgets what was counted but what is live; the peak starts from there. */
export function resetCounts(counted: GpuCounts): void {
  Object.assign(counted, {
    dispatches: 0,
    submits: 0,
    bytesUp: 0,
    bytesDown: 0,
    peakBytes: counted.liveBytes,
  });
}
