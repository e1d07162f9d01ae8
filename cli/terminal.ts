/**
 * Standard error, as a place for progress.
 *
 * @module
 */

import type { ProgressOptions } from "./progress.ts";

/** Used where the terminal does not tell its width. */
const FALLBACK_COLUMNS = 80;

/** How progress is to be shown on this process's standard error. */
export function stderrProgress(): ProgressOptions {
  const terminal = Deno.stderr.isTerminal();
  const encoder = new TextEncoder();
  return {
    terminal,
    columns: terminal ? terminalColumns() : Infinity,
    write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
  };
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || FALLBACK_COLUMNS;
  } catch {
    return FALLBACK_COLUMNS; // standard output is no terminal
  }
}

/** Columns of the terminal on standard output; undefined where it is none. */
export function stdoutColumns(): number | undefined {
  return Deno.stdout.isTerminal() ? terminalColumns() : undefined;
}
