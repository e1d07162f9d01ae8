/**
 * The one form of complaints about the command line.
 *
 * @module
 */

import { type Message, text } from "npm:@optique/core@1.3.6/message";
import { type Fault, UsageError } from "../errors.ts";

/** An error about the command line: exit code 2. */
export function usageError(fault: Omit<Fault, "doing">, options?: ErrorOptions): UsageError {
  return new UsageError({ doing: "read the command line", ...fault }, options);
}

/** The same as a message for the parser. */
export function usageMessage(fault: Omit<Fault, "doing">): Message {
  return [text(usageError(fault).message)];
}
