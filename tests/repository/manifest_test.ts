/** deno.json, the version, and documented defaults say what is so. */
import assert from "node:assert/strict";
import { join, toFileUrl } from "npm:deno-std@1.4.0/path/mod.js";
import { VERSION } from "../../pipeline/version.ts";
import { libraryFiles, readSource, ROOT, trackedFiles } from "./source_tree.ts";

const manifest = JSON.parse(readSource("deno.json"));

Deno.test("the version is the same everywhere", () => {
  assert.equal(manifest.version, VERSION);
});

Deno.test("every export of deno.json is a file", () => {
  const files = new Set(trackedFiles());
  for (const path of Object.values<string>(manifest.exports)) {
    assert.ok(files.has(path.replace("./", "")), path);
  }
});

const screaming = (name: string) =>
  `DEFAULT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

Deno.test("every @default tag equals the exported default", async () => {
  let checked = 0;
  for (const file of libraryFiles()) {
    const source = readSource(file);
    // A doc comment with the tag, then the property that it documents, or the exported constant itself.
    const tagged = /@default \{([^}]*)\}(?:(?!\*\/)[\s\S])*\*\/\s*(?:export const (\w+)|readonly (\w+)\??:)/g;
    const count = source.match(/@default \{/g)?.length ?? 0;
    const matches = [...source.matchAll(tagged)];
    assert.equal(
      matches.length,
      count,
      `${file}: each @default must stand right above a property or a constant`,
    );
    if (count === 0) continue;
    const module = await import(toFileUrl(join(ROOT, file)).href);
    for (const [, text, constant, property] of matches) {
      const name = constant ?? screaming(property);
      assert.ok(name in module, `${file} must export ${name}`);
      assert.equal(text, JSON.stringify(module[name]), `${file}: ${name}`);
      checked++;
    }
  }
  assert.ok(checked > 10);
});
