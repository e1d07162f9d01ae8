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
