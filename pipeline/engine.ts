/**
 * A runtime with a recipe's models on it, and another one when its device is lost or has run out of memory.
 *
 * @module
 */
import { DeviceError, DeviceLostError, OutOfMemoryError } from "../errors.ts";
import type { Models } from "./compile_models.ts";
import type { ImageEncoder } from "./image_encoder.ts";

/** Everything that is lost with a device. */
export interface Engine extends AsyncDisposable {
  readonly models: Models;
  readonly imageEncoder: ImageEncoder;
}

/** The engine of a pipeline. */
export interface EngineKeeper {
  /**
   * Works with the engine. If its device is lost, or runs out of memory, the work fails, everything on it is given back,
   * and the next work gets a new one.
   *
   * @throws {DeviceLostError} if the device is lost meanwhile.
   * @throws {OutOfMemoryError} if it has no memory for the work.
   */
  use<T>(work: (engine: Engine) => Promise<T>): Promise<T>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Keeps an engine.
 *
 * @param first The one to begin with, owned from now on.
 * @param reopen Opens another like it.
 * @param onNotice Told when one is opened again.
 */
export function keepEngine(
  first: Engine,
  reopen: () => Promise<Engine>,
  onNotice: (line: string) => void,
): EngineKeeper {
  let engine: Engine | undefined = first, open = true, why = "";
  return {
    async use(work) {
      if (!open) {
        throw new DeviceError({ doing: "use the models", what: "they", rule: "loaded", got: "disposed" });
      }
      if (!engine) {
        onNotice(why);
        engine = await reopen();
      }
      try {
        return await work(engine);
      } catch (error) {
        const notice = error instanceof DeviceLostError
          ? "The device was lost: the models are loaded onto a new one."
          : error instanceof OutOfMemoryError
          ? "The device was out of memory: the models are loaded afresh."
          : undefined;
        if (notice) {
          const lost = engine;
          engine = undefined;
          why = notice;
          await lost[Symbol.asyncDispose]();
        }
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      open = false;
      await engine?.[Symbol.asyncDispose]();
      engine = undefined;
    },
  };
}
