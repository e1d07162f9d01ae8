/**
 * One thing after another, until it is closed.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";

/** A queue of one: work waits for the work before it. */
export interface Turns {
  /**
   * Does the work when its turn comes.
   *
   * @throws {DeviceError} if the queue was closed by then.
   */
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Lets the work at hand end, refuses the rest, and does one last thing, once. */
  close(last: () => Promise<void>): Promise<void>;
}

/** Makes an open queue. */
export function createTurns(): Turns {
  let before: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  function next<T>(work: () => Promise<T>): Promise<T> {
    const result = before.then(work);
    before = result.catch(() => {});
    return result;
  }
  return {
    take: (work) =>
      next(() => {
        if (!closing) return work();
        throw new DeviceError({
          doing: "generate",
          what: "the pipeline",
          rule: "open",
          got: "a disposed one",
        });
      }),
    close: (last) => closing ??= next(last),
  };
}
