/**
 * The command line from arguments to exit code.
 *
 * Each command's module is loaded when it is called for, so that help and complaints come at once.
 *
 * @module
 */

import { type Command, Finished, parseCommandLine } from "./command_line.ts";
import { DEBUG_VARIABLE, errorText, exitCodeOf } from "./error_text.ts";
import { EXIT } from "./exit_codes.ts";
import { type Interrupt, onInterrupt } from "./interrupt.ts";

/**
 * Runs a command line.
 *
 * @param args The arguments after the program's name, as in `Deno.args`.
 * @returns The exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted (143 by SIGTERM).
 */
export async function main(args: readonly string[]): Promise<number> {
  using interrupt = onInterrupt();
  try {
    await perform(parseCommandLine(args, { print: console.log, complain: console.error }), interrupt);
    return EXIT.done;
  } catch (error) {
    if (error instanceof Finished) return error.code;
    if (interrupt.code !== undefined) {
      console.error("Interrupted.");
      return interrupt.code;
    }
    console.error(errorText(error, debugWanted()));
    return exitCodeOf(error);
  }
}

async function perform(command: Command, { signal }: Interrupt): Promise<void> {
  switch (command.kind) {
    case "generate":
      return await (await import("./generate_command.ts")).generateCommand(command, signal);
    case "explain":
      return await (await import("./explain_command.ts")).explainCommand(command, signal);
    case "eval":
      return await (await import("./eval_command.ts")).evalCommand(command, signal);
    case "doctor":
      return await (await import("./doctor_command.ts")).doctorCommand(command);
    default:
      command satisfies never;
  }
}

function debugWanted(): boolean {
  try {
    return Deno.env.get(DEBUG_VARIABLE) === "1";
  } catch {
    return false; // no permission to read the environment
  }
}
