/**
 * Winnow's version, as `deno.json` states it (a test holds the two equal). A constant, not a file read, so that it
 * is there when the library is imported by URL.
 *
 * @module
 */

/** The version of this library. */
export const VERSION = "0.1.0";
