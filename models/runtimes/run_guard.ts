/**
 * Work of a runtime whose failures are told in Winnow's own errors.
 *
 * @module
 */
import { OutOfMemoryError } from "../../errors.ts";
import type { BufferWatch } from "./buffer_watch.ts";
import { memoryFault, outOfMemory } from "./memory_fault.ts";
import type { DeviceName, RunGuard } from "./runtime.ts";

/** A guard for a CPU: it names a want of memory. */
export function guardMemory(device: Exclude<DeviceName, "webgpu">): RunGuard {
  return async (doing, work) => {
    try {
      return await work();
    } catch (cause) {
      const fault = cause instanceof OutOfMemoryError ? undefined : memoryFault(cause);
      throw fault ? outOfMemory(doing, device, fault, cause) : cause;
    }
  };
}

/**
 * The guard of all of onnxruntime's sessions on a GPU: when one has run out of memory, none works any more. onnxruntime
 * keeps the buffers that there was no memory for, and would give them to whoever wants their size next.
 *
 * @param guard The device's.
 */
export function guardSessions(guard: RunGuard, watch: Pick<BufferWatch, "refusals">): RunGuard {
  let spent = false;
  return async (doing, work, undo) => {
    if (spent) {
      throw new OutOfMemoryError({
        doing,
        what: "onnxruntime",
        rule: "loaded again after it ran out of memory",
        got: "the same",
        remedy: "Dispose of the runtime, and open another.",
      });
    }
    const before = watch.refusals;
    try {
      return await guard(doing, work, undo);
    } finally {
      spent ||= watch.refusals > before;
    }
  };
}

/** What a guard needs of a session. */
interface Runnable<A extends unknown[], R> {
  readonly label: string;
  run(...args: A): Promise<R>;
}

/**
 * A session whose runs are guarded.
 *
 * @param undo Gives the results of a run back.
 */
export function guardedSession<A extends unknown[], R, S extends Runnable<A, R>>(
  session: S & Runnable<A, R>,
  guard: RunGuard,
  undo?: (results: R) => void,
): S {
  const run = (...args: A) => guard(`run ${session.label}`, () => session.run(...args), undo);
  return { ...session, run };
}
