/** What a reader can rely on in every file. */
import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { isLibrary, textOf, trackedFiles } from "./source_tree.ts";

const MOST_LINES = 400;

/** Each attention policy is a folder with these. */
const POLICY_FILES = ["reference.ts", "graph.ts", "kernel.ts"];

const files = trackedFiles();
const texts = await Promise.all(
  files
    .filter((path) => /\.(ts|md|py|sh|json|txt|ya?ml|toml|html|wgsl)$|^\.ci\/|(^|\/)[A-Z]+$/.test(path))
    .map(async (path) => ({ path, text: await textOf(path) })),
);

/** Each place where one of the patterns stands, as `path:line: text`. */
function findings(pattern: RegExp, paths: RegExp): string[] {
  return texts.filter(({ path }) => paths.test(path)).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, i) =>
      pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 120)}`] : []
    )
  );
}

Deno.test("no TypeScript file is longer than 400 lines", () => {
  const long = texts.filter(({ path }) => path.endsWith(".ts"))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES);
  assert.deepEqual(long, []);
});

Deno.test("file names are unique outside tests", () => {
  const paths = Map.groupBy(
    files.filter((path) => path.endsWith(".ts") && !path.startsWith("tests/")),
    (path) => basename(path),
  );
  const shared = [...paths].filter(([name, paths]) => paths.length > 1 && !POLICY_FILES.includes(name));
  assert.deepEqual(shared, []);
});

// The words are put together here so that this file does not find itself.

Deno.test("there are no marks of unfinished work", () => {
  const words = [["TO", "DO"], ["FIX", "ME"], ["X", "XX"], ["not impl", "emented"]].map((halves) =>
    halves.join("")
  );
  // followed by a colon it is a property that the command line's parsers must have
  const filler = `${"place" + "holder"}\\b(?!: )`;
  const marks = new RegExp(`\\b(?:${words.join("|")})\\b|\\b${filler}`);
  assert.deepEqual(findings(marks, /\.(ts|py|md|sh|wgsl)$/), []);
});

Deno.test("the project speaks only of itself: no machine paths, no package registries", () => {
  const folders = ["work", "tmp", "root"].join("|");
  const hosts = [["registry", "npmjs"], ["npm", "jsr"], ["jsr", "io"], ["deno", "land"], ["pypi", "org"], [
    "pythonhosted",
    "org",
  ]];
  const foreign = new RegExp(
    `(?<![\\w.})/-])/(${folders})/|(?<![\\w-])(${
      hosts.map((halves) => halves.join("\\.")).join("|")
    })\\b|//[\\w.-]*(registry|artifactory|verdaccio)`,
  );
  assert.deepEqual(findings(foreign, /^(?!tests\/fixtures\/.*\.json$)/), []);
});

Deno.test("the library's types have no holes", () => {
  const holes = new RegExp(
    ["@ts-ig" + "nore", "@ts-expect-" + "error", "@ts-no" + "check", "\\bas a" + "ny\\b"].join("|"),
  );
  assert.deepEqual(findings(holes, /^(?!tests\/).*\.ts$/), []);
});

Deno.test("tests mirror the folders of the library", () => {
  const folders = new Set(files.filter(isLibrary).map((path) => dirname(path)));
  const others = ["repository", "examples", "bench", "remote"];
  const stray = files.filter((path) => /^tests\/(?!helpers\/).*_test\.ts$/.test(path))
    .filter((path) =>
      !folders.has(dirname(path).replace(/^tests\/?/, "") || ".") && !others.includes(path.split("/")[1])
    );
  assert.deepEqual(stray, []);
});
