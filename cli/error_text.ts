/**
 * Errors as a user should see them.
 *
 * @module
 */

import { UsageError, WinnowError } from "../errors.ts";
import { EXIT } from "./exit_codes.ts";

/** Set to 1, it shows where in the code an error comes from. */
export const DEBUG_VARIABLE = "WINNOW_DEBUG";

/** An error as text: one line, or with `debug` the stack and its causes. */
export function errorText(error: unknown, debug: boolean): string {
  if (debug) return Deno.inspect(error);
  if (error instanceof WinnowError) return `Error: ${oneLine(error.message)}`;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // not one of ours: a defect, or a failure nobody thought of
  return `Error: ${oneLine(text)} (unexpected; ${DEBUG_VARIABLE}=1 shows where it comes from)`;
}

/** The exit code that goes with an error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}
