/** What the documentation shows compiles, in a folder that has no configuration of Winnow's. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isLibrary, ROOT, textOf, trackedFiles } from "./source_tree.ts";

/** A program, with the file from which its relative imports go. */
interface Example {
  readonly path: string;
  readonly code: string;
}

async function readmeExample(): Promise<Example> {
  const [, code] = /```ts\n(.*?)```/s.exec(await textOf("README.md")) ?? [];
  assert.ok(code?.includes(`from "./mod.ts"`), "the README imports ./mod.ts");
  return { path: "README.md", code };
}

/** The solver that docs/solvers.md adds. */
async function solverExample(): Promise<Example> {
  const path = "docs/solvers.md";
  const [, code] = /```ts\n(.*?)```/s.exec(await textOf(path)) ?? [];
  assert.ok(code?.includes(": Solver<"), "it defines a solver");
  return { path, code };
}

/** The programs in the docstrings, those that are not run (`ts ignore`) included. */
async function docExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  for (const path of trackedFiles().filter(isLibrary)) {
    for (const [, block] of (await textOf(path)).matchAll(/^\s*\* ```ts\b[^\n]*\n(.*?)^\s*\* ```/gms)) {
      const code = block.replaceAll(/^\s*\* ?/gm, "");
      assert.match(code, /^import /, `${path}: an example begins with its imports`);
      examples.push({ path, code });
    }
  }
  assert.ok(examples.length >= 3, "examples were found");
  return examples;
}

/** The program as it can be written anywhere. */
function portable({ path, code }: Example): string {
  const base = pathToFileURL(join(ROOT, path));
  return code.replaceAll(/(?<= from )"(\.[^"]+)"/g, (_, to) => JSON.stringify(new URL(to, base).href));
}

Deno.test("the examples in the README and in the library's documentation compile", async () => {
  const examples = [await readmeExample(), await solverExample(), ...await docExamples()];
  const folder = await Deno.makeTempDir();
  try {
    const files = await Promise.all(examples.map(async (example, i) => {
      const file = join(folder, `example_${i}.ts`);
      await Deno.writeTextFile(file, `${portable(example)}\nexport {};\n`);
      return file;
    }));
    const args = ["check", "--no-lock", "--no-config", ...files];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
    const list = examples.map(({ path }, i) => `example_${i} is in ${path}`).join("\n");
    assert.ok(success, `${new TextDecoder().decode(stderr)}\n${list}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
