/** Documented defaults are the defaults: `@default {1.5}` above `alpha` is the JSON of the file's `DEFAULT_ALPHA`. */
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { denoJson, isLibrary, ROOT, textOf, trackedFiles } from "./source_tree.ts";

interface JsDoc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly value?: string }[];
}

interface DefaultTag {
  readonly path: string;
  readonly name: string;
  readonly value: string | undefined;
}

/** Everything in `deno doc`'s JSON that has a name and a `@default` tag, on a line of its own or after the text. */
function tagsIn(node: unknown, path: string, outerName = ""): DefaultTag[] {
  if (typeof node !== "object" || node === null) return [];
  const { name = outerName, jsDoc } = node as { name?: string; jsDoc?: JsDoc };
  const values = [
    ...(jsDoc?.tags ?? []).filter(({ kind }) => kind === "default").map(({ value }) => value),
    ...[...(jsDoc?.doc ?? "").matchAll(/@default(?: \{(.*)\})?/g)].map(([, value]) => value),
  ];
  const own = values.map((value) => ({ path, name, value }));
  const children = Object.entries(node).filter(([key]) => key !== "jsDoc");
  return [...own, ...children.flatMap(([, child]) => tagsIn(child, path, name))];
}

const screaming = (name: string) => name.replace(/(?<=[a-z\d])(?=[A-Z])/g, "_").toUpperCase();
const constantOf = (name: string) => name.startsWith("DEFAULT_") ? name : `DEFAULT_${screaming(name)}`;

Deno.test("every @default tag equals the exported default", async () => {
  const sources = await Promise.all(
    trackedFiles().filter(isLibrary).map(async (path) => ({ path, text: await textOf(path) })),
  );
  const tagged = sources.filter(({ text }) => /^\s*\/?\*.*@default\b/m.test(text));
  assert.ok(tagged.length > 5, "tags were found");
  const wrong: string[] = [];
  for (const { path, text } of tagged) {
    const nodes = (await denoJson("doc", "--json", "--private", path)).nodes;
    const tags = tagsIn(nodes, path);
    const written = [...text.matchAll(/@default\b/g)].length;
    if (tags.length < written) {
      wrong.push(`${path}: ${written} @default tags, of which ${tags.length} document something`);
    }
    const module: Record<string, unknown> = await import(pathToFileURL(join(ROOT, path)).href);
    for (const { name, value } of tags) {
      const constant = constantOf(name);
      const actual = JSON.stringify(module[constant]);
      if (actual !== value) wrong.push(`${path}: ${name} has @default {${value}}, ${constant} is ${actual}`);
    }
  }
  assert.deepEqual(wrong, []);
});
