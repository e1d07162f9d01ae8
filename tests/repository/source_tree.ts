/** The source tree as the repository's own tests see it. */
import { dirname, fromFileUrl, join } from "npm:deno-std@1.4.0/path/mod.js";

export const ROOT: string = dirname(dirname(dirname(fromFileUrl(import.meta.url))));

/** Paths of all files that git tracks or would track, from the root. */
export function trackedFiles(): string[] {
  const { stdout, success } = new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).outputSync();
  if (!success) throw new Error("these tests need git and a checkout");
  const names = new TextDecoder().decode(stdout).split("\n").filter(Boolean);
  return names.filter((name) => {
    try {
      return Deno.statSync(join(ROOT, name)).isFile;
    } catch {
      return false;
    }
  });
}

/** TypeScript files outside tests, examples and benchmarks: the library. */
export function libraryFiles(): string[] {
  return trackedFiles().filter((name) => name.endsWith(".ts") && !/^(tests|examples|bench)\//.test(name));
}

export function readSource(name: string): string {
  return Deno.readTextFileSync(join(ROOT, name));
}

/** What a file imports: static, dynamic and type imports, as written. Told by TypeScript's own scanner. */
export async function importsOf(name: string): Promise<string[]> {
  const { default: ts } = await import("npm:typescript@5.9.3");
  return ts.preProcessFile(readSource(name), true, true).importedFiles.map(({ fileName }) => fileName);
}

/** A relative import as a path from the root. */
export function resolveImport(from: string, specifier: string): string {
  return join(dirname(from), specifier);
}
