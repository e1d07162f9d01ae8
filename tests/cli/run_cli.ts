/**
 * The command line as a process of its own, in a fresh folder.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(import.meta.resolve("../../cli.ts"));

/** What a process left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder to run in, and what is in it. */
export interface Workplace {
  readonly folder: string;
  /** Runs `winnow` with these arguments to its end. */
  run(...args: string[]): Promise<Ran>;
  /** Starts it. */
  start(...args: string[]): Deno.ChildProcess;
  /** Writes a file and gives its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Names of everything in the folder, below it as well. */
  names(): string[];
}

/** Runs `body` in a fresh folder, which goes afterwards. */
export async function inWorkplace(
  body: (place: Workplace) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const start = (...args: string[]) =>
    new Deno.Command(Deno.execPath(), {
      // Deno's own words, of downloads and of build scripts, are none of ours.
      args: ["run", "--quiet", "-A", "--no-check", "--no-lock", CLI, ...args],
      cwd: folder,
      env: { WINNOW_DEVICE: "wasm", NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  try {
    await body({
      folder,
      start,
      async run(...args) {
        const { code, stdout, stderr } = await start(...args).output();
        return { code, stdout: text(stdout), stderr: text(stderr) };
      },
      write(name, content) {
        const path = join(folder, name);
        Deno.writeFileSync(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
        return path;
      },
      names: () => namesIn(folder, ""),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function namesIn(folder: string, prefix: string): string[] {
  return [...Deno.readDirSync(folder)]
    .flatMap(({ name, isDirectory }) =>
      isDirectory
        ? [`${prefix}${name}/`, ...namesIn(join(folder, name), `${prefix}${name}/`)]
        : [`${prefix}${name}`]
    )
    .sort();
}
