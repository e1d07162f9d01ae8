/**
 * Work on a GPU device that may fail beside it: be lost, as when a driver restarts or a machine sleeps, run out of memory,
 * or refuse a command, of which WebGPU tells in an event of its own.
 *
 * @module
 */
import { DeviceError, DeviceLostError, OutOfMemoryError } from "../../errors.ts";
import type { BufferWatch } from "./buffer_watch.ts";
import { memoryFault, outOfMemory } from "./memory_fault.ts";
import type { RunGuard } from "./runtime.ts";

/** What a guard needs of a device. */
export type GuardedDevice = Pick<GPUDevice, "lost" | "addEventListener">;

/** How to guard a device. */
export interface GuardOptions {
  /** Told, once, when work fails because the device, or the WebAssembly that works on it, is no more. */
  readonly onLoss?: () => void;
  /** Knows which buffers the device has refused. Default: none, so that a want of memory is told without its bytes. */
  readonly watch?: Pick<BufferWatch, "refused">;
}

/** How long after an error the device may tell that it was lost. */
const TELLING_MS = 50;

/** Whether WebAssembly itself failed, after which it does nothing ever. */
function isAbort(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || (error instanceof Error && isAbort(error.cause));
}

/**
 * A guard for work on a device: it rejects as soon as the device is lost, where the work itself might wait for ever, and
 * names the loss where the work would fail with something else because of it. An error that the device tells of while
 * the work goes on fails the work, as its results may be anything. A device that is destroyed with nothing going on is
 * no loss.
 *
 * @returns A function that throws {DeviceLostError} if the device is, or is being, lost, {OutOfMemoryError} if there was
 *   no memory for a buffer, and {DeviceError} if the device tells of another error.
 */
export function guardDevice(
  device: GuardedDevice,
  { onLoss = () => {}, watch }: GuardOptions = {},
): RunGuard {
  let told = false, lost: GPUDeviceLostInfo | undefined;
  const waiting = new Set<() => void>(), errors: GPUError[] = [];
  device.addEventListener(
    "uncapturederror",
    (event) => errors.push((event as GPUUncapturedErrorEvent).error),
  );
  device.lost.then((info) => {
    lost = info;
    for (const tell of waiting) tell();
  });
  const tellLoss = () => {
    if (!told) onLoss();
    told = true;
  };
  const lossOf = (doing: string, cause?: unknown) => {
    tellLoss();
    return new DeviceLostError({
      doing,
      what: "the GPU device",
      rule: "there until the work is done",
      got: `a lost one (${lost?.message || lost?.reason || "no reason given"})`,
      remedy: "Run again: the models are then loaded onto a new device.",
    }, { cause });
  };
  const faultOf = async (doing: string, cause?: unknown) => {
    const buffer = await watch?.refused();
    if (buffer) return outOfMemory(doing, "webgpu", buffer, cause);
    const told = errors.splice(0), first = told.find(isOutOfMemory) ?? told[0];
    return first && refused(doing, first);
  };
  return async (doing, work, undo) => {
    if (lost) throw lossOf(doing);
    const { promise, reject } = Promise.withResolvers<never>();
    const tell = () => reject(lossOf(doing));
    waiting.add(tell);
    try {
      const result = await Promise.race([work(), promise]);
      const fault = await faultOf(doing);
      if (fault) {
        await undo?.(result);
        throw fault;
      }
      return result;
    } catch (cause) {
      if (cause instanceof DeviceLostError) throw cause;
      if (!lost) await new Promise((resolve) => setTimeout(resolve, TELLING_MS));
      if (lost) throw lossOf(doing, cause);
      if (isAbort(cause)) tellLoss();
      // What else the device has told of by now is of the same failure, and of no later work.
      const fault = await memoryErrorOf(doing, cause);
      throw cause instanceof OutOfMemoryError ? cause : fault ?? cause;
    } finally {
      waiting.delete(tell);
      // Nobody waits for it any more.
      promise.catch(() => {});
    }
  };

  /** Behind a failure there may be a want of memory. */
  async function memoryErrorOf(doing: string, cause: unknown): Promise<OutOfMemoryError | undefined> {
    const fault = await faultOf(doing, cause);
    if (fault instanceof OutOfMemoryError) return fault;
    const text = memoryFault(cause);
    return text && outOfMemory(doing, "webgpu", text, cause);
  }
}

function isOutOfMemory(error: GPUError): boolean {
  return error.constructor.name === "GPUOutOfMemoryError";
}

function refused(doing: string, error: GPUError): DeviceError {
  const got = error.message.split("\n")[0];
  if (isOutOfMemory(error)) return outOfMemory(doing, "webgpu", { message: got });
  return new DeviceError({
    doing,
    what: "the GPU's commands",
    rule: "ones that the device takes",
    got,
    remedy: "Use --attention-form graph or --device wasm, and tell the makers of Winnow of it.",
  });
}
