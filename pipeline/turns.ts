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
   * @throws {DeviceError} if the queue is closed.
   */
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Lets the work that has been taken end, refuses any more, and does one last thing, once. */
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
    take(work) {
      if (!closing) return next(work);
      const fault = { doing: "generate", what: "the pipeline", rule: "open", got: "a disposed one" };
      return Promise.reject(new DeviceError(fault));
    },
    close: (last) => closing ??= next(last),
  };
}
