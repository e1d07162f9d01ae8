#!/usr/bin/env -S deno run -A
/**
 * The command line: `deno run -A cli.ts generate "a cat left of a rocket"`, from a file or a URL.
 *
 * @module
 */

import { main } from "./cli/main.ts";

export { main };

if (import.meta.main) Deno.exitCode = await main(Deno.args);
