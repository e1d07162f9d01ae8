/** What a reader can rely on in every file. */
import assert from "node:assert/strict";
import { basename } from "npm:deno-std@1.4.0/path/mod.js";
import { libraryFiles, readSource, trackedFiles } from "./source_tree.ts";

const MOST_LINES = 400;

/** Each attention policy is a folder with these. */
const POLICY_FILES = new Set(["reference.ts", "graph.ts", "kernel.ts"]);

/** Text of the repository's own making. Fixtures come from elsewhere. */
const texts = trackedFiles().filter((name) =>
  /\.(ts|md|py|json|sh|txt)$|^\.ci\/run$/.test(name) && !name.startsWith("tests/fixtures/") &&
  name !== "deno.lock"
);

Deno.test("no file is longer than 400 lines", () => {
  for (const name of trackedFiles().filter((name) => name.endsWith(".ts"))) {
    const lines = readSource(name).split("\n").length - 1;
    assert.ok(lines <= MOST_LINES, `${name} has ${lines} lines`);
  }
});

Deno.test("file names are unique", () => {
  const seen = new Map<string, string>();
  for (const name of libraryFiles()) {
    const base = basename(name);
    if (POLICY_FILES.has(base)) continue;
    assert.ok(!seen.has(base), `${name} and ${seen.get(base)} share a name`);
    seen.set(base, name);
  }
});

Deno.test("there are no marks of unfinished work", () => {
  const marks = new RegExp(
    ["TO" + "DO", "FIX" + "ME", "X" + "XX", "not " + "implemented", "place" + "holder"].join("|"),
  );
  for (const name of texts) {
    const found = marks.exec(readSource(name));
    assert.equal(found, null, `${name}: ${found?.[0]}`);
  }
});

Deno.test("the project speaks only of itself: no machine paths, no registry hosts", () => {
  const foreign = new RegExp(
    ["(?<![\\w.])/(work|root|tmp|home)/", "registry\\.[a-z]+\\.(org|com)", "pypi\\." + "org"].join("|"),
  );
  for (const name of texts) {
    const found = foreign.exec(readSource(name));
    assert.equal(found, null, `${name}: ${found?.[0]}`);
  }
});

Deno.test("types have no holes in the library", () => {
  for (const name of libraryFiles()) {
    assert.ok(!/@ts-ignore|@ts-expect-error|@ts-nocheck|as any\b|: any\b/.test(readSource(name)), name);
  }
});

Deno.test("each test file mirrors a source file's folder", () => {
  const folders = new Set(libraryFiles().map((name) => name.split("/").slice(0, -1).join("/")));
  for (const name of trackedFiles().filter((name) => /^tests\/.*_test\.ts$/.test(name))) {
    const folder = name.split("/").slice(1, -1).join("/");
    assert.ok(folders.has(folder) || ["repository", "examples", "remote", "bench"].includes(folder), name);
  }
});
