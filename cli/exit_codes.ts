/**
 * What the process says to its caller.
 *
 * @module
 */

/** Exit codes of the command line. Interrupts follow the shells' convention, 128 + the signal's number. */
export const EXIT = {
  done: 0,
  /** Something went wrong: a file, a model, a device. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** Ctrl-C (SIGINT). */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const;
