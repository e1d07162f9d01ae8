/**
 * Work on a GPU device that may be lost while it goes on: a driver that restarts, a machine that sleeps.
 *
 * @module
 */
import { DeviceLostError } from "../../errors.ts";

/** Runs work on a device. */
export type LossGuard = <T>(doing: string, work: () => Promise<T>) => Promise<T>;

/** How long after an error the device may tell that it was lost. */
const TELLING_MS = 50;

/**
 * A guard for work on a device: it rejects as soon as the device is lost, where the work itself might wait for ever, and
 * names the loss where the work would fail with something else because of it.
 *
 * @param onLoss Called once, when work fails for it; a device that is destroyed with nothing going on is no loss.
 * @returns A function that throws {DeviceLostError} if the device is, or is being, lost.
 */
export function guardLoss(device: Pick<GPUDevice, "lost">, onLoss: () => void = () => {}): LossGuard {
  let told = false, lost: GPUDeviceLostInfo | undefined;
  const waiting = new Set<() => void>();
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
      remedy: "Load the pipeline again: it then runs on a new device.",
    }, { cause });
  };
  return async (doing, work) => {
    if (lost) throw error(doing);
    const { promise, reject } = Promise.withResolvers<never>();
    const tell = () => reject(error(doing));
    waiting.add(tell);
    try {
      return await Promise.race([work(), promise]);
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
