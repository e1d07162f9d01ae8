/** One version of each npm dependency everywhere, complete specifiers, nothing from other registries. */
import assert from "node:assert/strict";
import { importsOf, libraryFiles, readSource, trackedFiles } from "./source_tree.ts";

const SPECIFIER = /npm:((?:@[\w.-]+\/)?[\w.-]+)(?:@([\w.^~*-]+))?/g;

Deno.test("npm specifiers are complete, and one version is used everywhere", () => {
  const versions = new Map<string, Map<string, string>>();
  for (const file of trackedFiles().filter((name) => name.endsWith(".ts") || name === "deno.json")) {
    for (const [specifier, name, version] of readSource(file).matchAll(SPECIFIER)) {
      if (specifier.includes("${")) continue;
      assert.match(version ?? "", /^\d+\.\d+\.\d+$/, `${file}: ${specifier} must name an exact version`);
      const known = versions.get(name) ?? new Map<string, string>();
      versions.set(name, known.set(version, file));
    }
  }
  assert.ok(versions.has("onnxruntime-web") && versions.has("zod"));
  for (const [name, known] of versions) {
    assert.equal(
      known.size,
      1,
      `${name}: ${[...known].map(([version, file]) => `${version} in ${file}`).join(", ")}`,
    );
  }
});

Deno.test("library code imports npm packages, Node's own modules and its own files, by complete specifiers", async () => {
  for (const file of libraryFiles()) {
    for (const name of await importsOf(file)) {
      assert.match(name, /^(npm:|node:|\.{1,2}\/.*\.(ts|json)$)/, `${file} imports ${name}`);
    }
  }
});
