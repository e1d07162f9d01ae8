/** One exact version of each npm package everywhere, and nothing from anywhere else. */
import assert from "node:assert/strict";
import { isLibrary, moduleGraph, textOf, trackedFiles } from "./source_tree.ts";

const EXACT = /^npm:(?<name>(@[\w.-]+\/)?[\w.-]+)@(?<version>\d+\.\d+\.\d+(-[\w.]+)?)(\/.+)?$/;

const files = trackedFiles();
const modules = files.filter((path) => path.endsWith(".ts") && !path.startsWith("tests/fixtures/"));
const graph = await moduleGraph(modules);

/** Every npm specifier and where it stands: imports, and Deno's own files. */
const specifiers: [string, string][] = [];
for (const [path, imports] of graph) {
  for (const { specifier } of imports) if (specifier.startsWith("npm:")) specifiers.push([specifier, path]);
}
for (const specifier of Object.values<string>(JSON.parse(await textOf("deno.json")).imports ?? {})) {
  if (specifier.startsWith("npm:")) specifiers.push([specifier, "deno.json"]);
}

Deno.test("every npm specifier names an exact version", () => {
  assert.ok(specifiers.length > 10, "imports were found");
  assert.deepEqual(specifiers.filter(([specifier]) => !EXACT.test(specifier)), []);
});

Deno.test("each npm package has one version everywhere", () => {
  const versions = new Map<string, Map<string, string>>();
  for (const [specifier, path] of specifiers) {
    const { name, version } = EXACT.exec(specifier)?.groups ?? {};
    versions.set(name, (versions.get(name) ?? new Map()).set(version, path));
  }
  const mixed = [...versions].filter(([, known]) => known.size > 1).map(([name, known]) => [name, ...known]);
  assert.deepEqual(mixed, []);
});

Deno.test("what is said of npm packages in text and in resolved names is the version that is imported", async () => {
  const imported = new Map(specifiers.map(([specifier]) => {
    const { name, version } = EXACT.exec(specifier)?.groups ?? {};
    return [name, version];
  }));
  const wrong: string[] = [];
  for (const path of files.filter((path) => isLibrary(path) || path.endsWith(".md"))) {
    for (
      const [, name, version] of (await textOf(path)).matchAll(/npm:((?:@[\w.-]+\/)?[\w.-]+)@(\d[\w.-]*\d)/g)
    ) {
      if ((imported.get(name) ?? version) !== version) wrong.push(`${path}: ${name}@${version}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("library code imports npm packages, Node's modules and its own files, and nothing else", () => {
  const wrong = [...graph].filter(([path]) => isLibrary(path)).flatMap(([path, imports]) =>
    imports.filter(({ specifier }) => !/^(npm:|node:|\.{1,2}\/)/.test(specifier))
      .map(({ specifier }) => `${path} imports ${specifier}`)
  );
  assert.deepEqual(wrong, []);
});
