/**
 * The life of a session: counted, ended once, and refused afterwards.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { countLive } from "./live_count.ts";

/** What every session has of its life. */
export interface SessionLife extends AsyncDisposable {
  /** @throws {DeviceError} if the session was disposed. */
  check(): void;
}

/**
 * Begins a session's life.
 *
 * @param label What it is, for messages.
 * @param close Gives what it holds back; called once.
 */
export function sessionLife(label: string, close: () => Promise<void>): SessionLife {
  const release = countLive("sessions");
  let open = true;
  return {
    check() {
      if (open) return;
      const got = "a disposed one";
      throw new DeviceError({ doing: `run ${label}`, what: "its session", rule: "open", got });
    },
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      try {
        await close();
      } finally {
        release();
      }
    },
  };
}
