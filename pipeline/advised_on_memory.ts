/**
 * What else the user can do about a want of memory, which only the plan knows.
 *
 * @module
 */
import { OutOfMemoryError } from "../errors.ts";
import type { Session } from "../models/runtimes/runtime.ts";

/**
 * Opens a session whose errors of memory, those of the opening too, tell of a remedy before all others.
 *
 * @param remedy A full sentence.
 */
export async function advisedOnMemory(remedy: string, open: () => Promise<Session>): Promise<Session> {
  async function advised<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      const { fault, cause, bytes } = error;
      const remedies = [remedy, fault.remedy].filter((each) => each !== undefined).join(" ");
      throw new OutOfMemoryError({ ...fault, remedy: remedies }, { cause, ...(bytes ? { bytes } : {}) });
    }
  }
  const session = await advised(open);
  return { ...session, run: (...given) => advised(() => session.run(...given)) };
}
