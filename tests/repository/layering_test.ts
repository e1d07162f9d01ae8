/** Imports point downwards only, and each runtime is imported by one file. */
import assert from "node:assert/strict";
import { importsOf, libraryFiles, readSource, resolveImport } from "./source_tree.ts";

/** For each layer, the layers that it may import. A layer may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "ops": ["errors.ts"],
  "recipes": ["errors.ts"],
  "models": ["errors.ts", "ops"],
  "pipeline": ["errors.ts", "ops", "recipes", "models"],
  "mod.ts": ["errors.ts", "ops", "recipes", "models", "pipeline"],
  "cli": ["errors.ts", "ops", "recipes", "models", "pipeline"],
  "cli.ts": ["cli"],
};

const layerOf = (path: string) => path.split("/")[0];

async function importGraph(): Promise<Map<string, string[]>> {
  const graph = new Map<string, string[]>();
  for (const file of libraryFiles()) graph.set(file, await importsOf(file));
  return graph;
}

const graph = await importGraph();
const relative = (file: string) =>
  (graph.get(file) as string[]).filter((name) => name.startsWith(".")).map((name) =>
    resolveImport(file, name)
  );

Deno.test("every library file stands in a layer", () => {
  for (const file of graph.keys()) assert.ok(layerOf(file) in MAY_IMPORT, `${file} is in no layer`);
});

Deno.test("imports point downwards only", () => {
  for (const file of graph.keys()) {
    for (const imported of relative(file)) {
      const from = layerOf(file), to = layerOf(imported);
      assert.ok(from === to || MAY_IMPORT[from].includes(to), `${file} imports ${imported}`);
    }
  }
});

Deno.test("every relative import is a file of the library", () => {
  for (const file of graph.keys()) {
    for (const imported of relative(file)) assert.ok(graph.has(imported), `${file} imports ${imported}`);
  }
});

Deno.test("there are no import cycles", () => {
  const done = new Set<string>();
  function visit(file: string, trail: readonly string[]): void {
    assert.ok(!trail.includes(file), `cycle: ${[...trail, file].join(" → ")}`);
    if (done.has(file)) return;
    for (const imported of relative(file)) visit(imported, [...trail, file]);
    done.add(file);
  }
  for (const file of graph.keys()) visit(file, []);
});

Deno.test("each runtime is imported by one file", () => {
  for (const runtime of ["onnxruntime-web", "onnxruntime-node"]) {
    const importers = [...graph.keys()].filter((file) => readSource(file).includes(`"npm:${runtime}`));
    assert.equal(importers.length, 1, `${runtime}: ${importers.join(", ")}`);
  }
});

Deno.test("onnxruntime-node is fetched by nobody who does not ask for it", () => {
  for (const file of graph.keys()) {
    assert.ok(!graph.get(file)?.some((name) => name.includes("onnxruntime-node")), file);
  }
  assert.ok(!readSource("deno.lock").includes("onnxruntime-node"));
});

Deno.test("ops reads no files and knows no runtime", () => {
  for (const file of graph.keys()) {
    if (layerOf(file) !== "ops") continue;
    assert.ok(!/\bDeno\.|\bfetch\(|onnxruntime-/.test(readSource(file)), file);
  }
});
