/** deno.json says what is so. */
import assert from "node:assert/strict";
import { VERSION } from "../../pipeline/version.ts";
import { moduleGraph, textOf, trackedFiles } from "./source_tree.ts";

const manifest = JSON.parse(await textOf("deno.json"));

Deno.test("the exported version is that of deno.json", () => {
  assert.equal(VERSION, manifest.version);
});

Deno.test("every export of deno.json is a file whose imports resolve", async () => {
  const files = trackedFiles();
  const entries = Object.values<string>(manifest.exports).map((path) => path.replace(/^\.\//, ""));
  assert.deepEqual(entries.filter((path) => !files.includes(path)), []);
  const graph = await moduleGraph(entries);
  const broken = [...graph].flatMap(([path, imports]) =>
    imports.filter(({ specifier, path: to }) => specifier.startsWith(".") && to === undefined)
      .map(({ specifier }) => `${path} imports ${specifier}`)
  );
  assert.deepEqual(broken, []);
});
