/** Imports point downwards only, without cycles, and each runtime is imported by one file. */
import assert from "node:assert/strict";
import { type Import, isLibrary, moduleGraph, textOf, trackedFiles } from "./source_tree.ts";

/** For each folder or top-level file, what it may import; for models, recipes' types alone. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "ops": [],
  "recipes": [],
  "models": ["ops"],
  "pipeline": ["ops", "recipes", "models"],
  "evaluation": ["ops", "recipes", "models", "pipeline"],
  "cli": ["ops", "recipes", "models", "pipeline", "evaluation"],
  "mod.ts": ["ops", "recipes", "models", "pipeline", "evaluation"],
  "cli.ts": ["cli"],
};
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = { "models": ["recipes"] };

const files = trackedFiles().filter(isLibrary);
const graph = await moduleGraph(files);
const layerOf = (path: string) => path.split("/")[0];
const importsOf = (path: string): readonly Import[] => graph.get(path) ?? [];

/** A file at the top that imports nothing of ours, such as errors.ts, belongs to no layer and serves all. */
const isLeaf = (path: string) =>
  !path.includes("/") && !(path in MAY_IMPORT) && importsOf(path).every(({ path }) => path === undefined);

function mayImport(from: string, { path: to = "", typeOnly }: Import): boolean {
  const [upper, lower] = [layerOf(from), layerOf(to)];
  return upper === lower || isLeaf(to) || MAY_IMPORT[upper].includes(lower) ||
    (typeOnly && (MAY_IMPORT_TYPES[upper]?.includes(lower) ?? false));
}

Deno.test("every file of the library is a leaf or stands in a layer", () => {
  assert.ok(files.length > 50, "the library was found");
  assert.deepEqual(files.filter((path) => !isLeaf(path) && !(layerOf(path) in MAY_IMPORT)), []);
});

Deno.test("imports point downwards only", () => {
  const wrong = files.filter((path) => !isLeaf(path)).flatMap((path) =>
    importsOf(path)
      .filter((each) => each.path !== undefined && !mayImport(path, each))
      .map((each) => `${path} imports ${each.path}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("every relative import is a file of the library", () => {
  const wrong = files.flatMap((path) =>
    importsOf(path)
      .filter(({ specifier, path: to }) =>
        /^\.{0,2}\//.test(specifier) && (to === undefined || !graph.has(to))
      )
      .map(({ specifier }) => `${path} imports ${specifier}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("there are no import cycles, those of types included", () => {
  const cycles: string[] = [];
  const done = new Set<string>();
  function visit(path: string, trail: readonly string[]): void {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    if (done.has(path) || trail.includes(path)) return;
    for (const { path: to } of importsOf(path)) if (to !== undefined) visit(to, [...trail, path]);
    done.add(path);
  }
  for (const path of files) visit(path, []);
  assert.deepEqual(cycles, []);
});

/** An import of this runtime is computed, so that Deno does not fetch it before it is asked for. */
const FETCHED_WHEN_ASKED_FOR = "onnxruntime-node";

/** Files that hold the start of a runtime's specifier in quotes: what an import is written or computed from. */
async function filesNaming(runtime: string): Promise<string[]> {
  const naming = await Promise.all(
    files.map(async (path) => new RegExp(`["'\`]npm:${runtime}`).test(await textOf(path)) ? [path] : []),
  );
  return naming.flat();
}

for (const runtime of ["onnxruntime-web", FETCHED_WHEN_ASKED_FOR]) {
  Deno.test(`${runtime} is imported by one file`, async () => {
    const importers = await filesNaming(runtime);
    assert.equal(importers.length, 1, importers.join(", "));
  });
}

Deno.test(`${FETCHED_WHEN_ASKED_FOR} is fetched by nobody who does not ask for it`, async () => {
  const modules = trackedFiles().filter((path) =>
    path.endsWith(".ts") && !path.startsWith("tests/fixtures/")
  );
  const imports = [...await moduleGraph(modules)].flatMap(([path, imports]) =>
    imports.map(({ specifier }) => ({ path, specifier }))
  );
  assert.ok(
    imports.some(({ specifier }) => specifier.startsWith("npm:onnxruntime-web@")),
    "imports were found",
  );
  assert.deepEqual(imports.filter(({ specifier }) => specifier.includes(FETCHED_WHEN_ASKED_FOR)), []);
  const locked = (await textOf("deno.lock")).includes(FETCHED_WHEN_ASKED_FOR);
  assert.equal(locked, false, "deno.lock names it: a run of it without --no-lock has written it there");
});
