/** The source tree as the repository's own tests see it. */
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";

/** The repository's folder. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The JSON that one of Deno's own commands prints; fails with what it complains of. */
export async function denoJson(...args: string[]) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  if (!success) throw new Error(`deno ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Paths from the root of all files that git tracks or would track, those that were deleted left out. */
export function trackedFiles(): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { success, stdout, stderr } = new Deno.Command("git", { args, cwd: ROOT }).outputSync();
  if (!success) throw new Error(`git ls-files: ${new TextDecoder().decode(stderr)}`);
  const paths = new TextDecoder().decode(stdout).split("\0");
  return paths.filter((path) => path !== "" && existsSync(join(ROOT, path)));
}

/** The text of a file, by its path from the root. */
export function textOf(path: string): Promise<string> {
  return Deno.readTextFile(join(ROOT, path));
}

/** Whether a path is of the library: TypeScript that users import or run, not tests, examples or benchmarks. */
export function isLibrary(path: string): boolean {
  return path.endsWith(".ts") && !/^(tests|examples|bench)\//.test(path);
}

/** One import of one module. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the root, for the repository's own modules that exist. */
  readonly path?: string;
  /** Whether it is gone when the program runs (`import type`). */
  readonly typeOnly: boolean;
}

interface InfoModule {
  specifier: string;
  error?: string;
  dependencies?: { specifier: string; code?: { specifier?: string }; type?: { specifier?: string } }[];
}

/** What each of the repository's modules imports, as Deno itself resolves it: static, dynamic and type imports. */
export async function moduleGraph(paths: readonly string[]): Promise<ReadonlyMap<string, readonly Import[]>> {
  const root = pathToFileURL(ROOT).href;
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, paths.map((path) => `import ${JSON.stringify(root + path)};\n`).join(""));
    const { modules }: { modules: InfoModule[] } = await denoJson("info", "--json", "--no-lock", entry);
    const broken = new Set(
      modules.filter(({ error }) => error !== undefined).map(({ specifier }) => specifier),
    );
    const importOf = ({ specifier, code, type }: NonNullable<InfoModule["dependencies"]>[number]): Import => {
      const target = code?.specifier ?? type?.specifier;
      const own = target?.startsWith(root) && !broken.has(target);
      return {
        specifier,
        typeOnly: code === undefined,
        ...(own ? { path: target?.slice(root.length) } : {}),
      };
    };
    return new Map(
      modules.filter(({ specifier }) => specifier.startsWith(root) && !broken.has(specifier))
        .map((module) => [module.specifier.slice(root.length), (module.dependencies ?? []).map(importOf)]),
    );
  } finally {
    await Deno.remove(entry);
  }
}
