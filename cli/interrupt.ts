/**
 * Ctrl-C, gently: the first asks what runs to stop and clean up, the second does not ask.
 *
 * @module
 */

import { EXIT } from "./exit_codes.ts";

/** What {@linkcode onInterrupt} gives. */
export interface Interrupt extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code that goes with the signal that came; undefined if none did. */
  readonly code: number | undefined;
}

/** Listens for SIGINT and SIGTERM until disposed. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let code: number | undefined;
  // Windows knows no SIGTERM
  const codes = Deno.build.os === "windows"
    ? { SIGINT: EXIT.interrupted }
    : { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated };
  const listeners = Object.entries(codes).map(([name, exitCode]) => {
    const listener = () => {
      if (code !== undefined) Deno.exit(code);
      code = exitCode;
      controller.abort(new DOMException("Interrupted", "AbortError"));
    };
    Deno.addSignalListener(name as Deno.Signal, listener);
    return () => Deno.removeSignalListener(name as Deno.Signal, listener);
  });
  return {
    signal: controller.signal,
    get code() {
      return code;
    },
    [Symbol.dispose]() {
      for (const remove of listeners) remove();
    },
  };
}

/**
 * Lets events in, signals among them. A runtime that computes on this thread settles its promises without a turn of
 * the event loop, so that a run which is never interrupted for one would not hear of Ctrl-C until it is over.
 */
export function letEventsIn(): Promise<void> {
  // a message, as timers wait for a millisecond or more
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
