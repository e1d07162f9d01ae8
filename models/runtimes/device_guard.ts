/**
 * Work on a GPU device that may fail beside it: be lost, as when a driver restarts or a machine sleeps, run out of memory,
 * or refuse a command, of which WebGPU tells in an event of its own.
 *
 * @module
 */
import { DeviceError, DeviceLostError } from "../../errors.ts";

/** Runs work on a device. */
export type DeviceGuard = <T>(doing: string, work: () => Promise<T>) => Promise<T>;

/** What a guard needs of a device. */
export type GuardedDevice = Pick<GPUDevice, "lost" | "addEventListener">;

/** How long after an error the device may tell that it was lost. */
const TELLING_MS = 50;

/**
 * A guard for work on a device: it rejects as soon as the device is lost, where the work itself might wait for ever, and
 * names the loss where the work would fail with something else because of it. An error that the device tells of while
 * the work goes on fails the work, as its results may be anything.
 *
 * @param onLoss Called once, when work fails for it; a device that is destroyed with nothing going on is no loss.
 * @returns A function that throws {DeviceLostError} if the device is, or is being, lost, and {DeviceError} if it tells of
 *   an error.
 */
export function guardDevice(device: GuardedDevice, onLoss: () => void = () => {}): DeviceGuard {
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
  const error = (doing: string, cause?: unknown) => {
    if (!told) onLoss();
    told = true;
    return new DeviceLostError({
      doing,
      what: "the GPU device",
      rule: "there until the work is done",
      got: `a lost one (${lost?.message || lost?.reason || "no reason given"})`,
      remedy: "Run again: the models are then loaded onto a new device.",
    }, { cause });
  };
  const checkErrors = (doing: string) => {
    const [first] = errors.splice(0);
    if (first) throw refused(doing, first);
  };
  return async (doing, work) => {
    if (lost) throw error(doing);
    const { promise, reject } = Promise.withResolvers<never>();
    const tell = () => reject(error(doing));
    waiting.add(tell);
    try {
      const result = await Promise.race([work(), promise]);
      checkErrors(doing);
      return result;
    } catch (cause) {
      if (cause instanceof DeviceLostError) throw cause;
      if (!lost) await new Promise((resolve) => setTimeout(resolve, TELLING_MS));
      throw lost ? error(doing, cause) : cause;
    } finally {
      waiting.delete(tell);
      // Nobody waits for it any more.
      promise.catch(() => {});
    }
  };
}

function refused(doing: string, { message, constructor: { name } }: GPUError): DeviceError {
  const got = message.split("\n")[0];
  return name === "GPUOutOfMemoryError"
    ? new DeviceError({
      doing,
      what: "the GPU's memory",
      rule: "enough",
      got,
      remedy: "Make fewer or smaller pictures at once, or use --attention-form graph or --device wasm.",
    })
    : new DeviceError({
      doing,
      what: "the GPU's commands",
      rule: "ones that the device takes",
      got,
      remedy: "Use --attention-form graph or --device wasm, and tell the makers of Winnow of it.",
    });
}
