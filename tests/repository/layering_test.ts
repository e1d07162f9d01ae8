/** Imports point downwards only, without cycles, and each runtime is imported by one file. */
import assert from "node:assert/strict";
import { type Import, isLibrary, moduleGraph, trackedFiles } from "./source_tree.ts";

/** For each folder or top-level file, what it may import; for models, recipes' types alone. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "ops": [],
  "recipes": [],
  "models": ["ops"],
  "pipeline": ["ops", "recipes", "models"],
  "cli": ["ops", "recipes", "models", "pipeline"],
  "mod.ts": ["ops", "recipes", "models", "pipeline"],
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

for (const runtime of ["onnxruntime-web", "onnxruntime-node"]) {
  Deno.test(`${runtime} is imported by one file`, () => {
    const importers = files.filter((path) =>
      importsOf(path).some(({ specifier }) => specifier.startsWith(`npm:${runtime}@`))
    );
    assert.equal(importers.length, 1, importers.join(", "));
  });
}
