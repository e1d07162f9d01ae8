/**
 * Watching a GPU device give buffers, onnxruntime's own among them.
 *
 * WebGPU gives a buffer even where there is no memory for it, one that no command takes, and tells later. Which buffer it
 * was, and whose work wanted it, only an error scope around each call can say.
 *
 * @module
 */

/** A buffer that a device had no memory for. */
export interface RefusedBuffer {
  /** Bytes asked for. */
  readonly bytes: number;
  /** Its maker's name for it; onnxruntime gives none. */
  readonly label: string;
  /** What WebGPU says. */
  readonly message: string;
}

/** What became of a device's buffers. */
export interface BufferWatch {
  /** The first buffer that was refused since the last call, once WebGPU has told of all that were asked for. */
  refused(): Promise<RefusedBuffer | undefined>;
  /** How many were refused. */
  readonly refusals: number;
}

/** A device as far as it is watched. */
export type WatchedDevice = Pick<GPUDevice, "createBuffer" | "pushErrorScope" | "popErrorScope" | "limits">;

/**
 * onnxruntime writes to a buffer that cannot be mapped as if it were, somewhere into its own memory, and mostly ends for
 * good. It is given a range that leads nowhere: the copy from the buffer is then refused, which it takes for an error.
 */
function leadNowhere(buffer: GPUBuffer, bytes: number): void {
  try {
    buffer.getMappedRange(0, 0);
  } catch {
    buffer.getMappedRange = (offset = 0, size = bytes - offset) => new ArrayBuffer(size);
    buffer.unmap = () => undefined;
  }
}

/** Watches a device from now on. */
export function watchBuffers(device: WatchedDevice): BufferWatch {
  const waiting = new Set<Promise<void>>(), found: RefusedBuffer[] = [];
  let refusals = 0;
  const refuse = (refused: RefusedBuffer) => {
    refusals++;
    found.push(refused);
  };
  const create = device.createBuffer;
  device.createBuffer = (descriptor) => {
    const { size: bytes, label = "", mappedAtCreation } = descriptor;
    const most = device.limits.maxBufferSize;
    device.pushErrorScope("out-of-memory");
    let told: Promise<GPUError | null>, buffer: GPUBuffer;
    try {
      buffer = create.call(device, descriptor);
    } finally {
      told = device.popErrorScope();
    }
    // To WebGPU this one is not for want of memory, and is told elsewhere.
    if (bytes > most) refuse({ bytes, label, message: `a limit of ${most} bytes a buffer` });
    const heard = told.then(
      (error) => error && bytes <= most && refuse({ bytes, label, message: error.message }),
      // A lost device tells nothing, and its loss is told elsewhere.
      () => {},
    ).then(() => void waiting.delete(heard));
    waiting.add(heard);
    if (mappedAtCreation) leadNowhere(buffer, bytes);
    return buffer;
  };
  return {
    async refused() {
      if (waiting.size > 0) await Promise.all(waiting);
      return found.splice(0)[0];
    },
    get refusals() {
      return refusals;
    },
  };
}
