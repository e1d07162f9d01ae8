/**
 * The recipe behind `--recipe`: a module, a JSON file or a picture, on this machine or elsewhere.
 *
 * @module
 */

import { type Fault, RecipeError } from "../errors.ts";
import { readRecipeFromPng } from "../pipeline/image_metadata.ts";
import { parseRecipe, type Recipe } from "../recipes/recipes.ts";
import { firstLine, inputUrl, readInput } from "./input_files.ts";

const MODULE = /\.(ts|tsx|mts|js|mjs)$/;

/**
 * Loads a recipe.
 *
 * @param reference A path or URL of a .ts or .js module (which is run), a .json file, or a .png that Winnow wrote.
 *   `#name` after a module's takes that export.
 * @throws {RecipeError} If there is no such file, it cannot be read or run, or what it gives is no recipe.
 */
export async function loadRecipe(reference: string, signal?: AbortSignal): Promise<Recipe> {
  const doing = `read the recipe ${reference}`;
  const { url, exportName } = inputUrl(reference);
  if (MODULE.test(url.pathname)) {
    if (url.protocol === "file:") await readInput(url, doing); // a clearer complaint than the loader's
    const value = pickExport(await runModule(url, doing), exportName, doing);
    return await explained(doing, () => parseRecipe(value));
  }
  const bytes = await readInput(url, doing, signal);
  if (url.pathname.endsWith(".png")) return await explained(doing, () => readRecipeFromPng(bytes));
  if (url.pathname.endsWith(".json")) {
    return await explained(doing, () => parseRecipe(parseJson(bytes, doing)));
  }
  throw new RecipeError({
    doing,
    what: "the file's name",
    rule: "one that ends in .ts, .js, .json or .png",
    got: reference,
  });
}

function parseJson(bytes: Uint8Array, doing: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RecipeError({ doing, what: "the file", rule: "JSON", got: firstLine(cause) }, { cause });
  }
}

async function runModule(url: URL, doing: string): Promise<Record<string, unknown>> {
  try {
    return await explained(doing, () => import(url.href));
  } catch (cause) {
    if (cause instanceof RecipeError) throw cause;
    const got = `${firstLine(cause)}${placeIn(url, cause)}`;
    throw new RecipeError({ doing, what: "the module", rule: "one that runs without an error", got }, {
      cause,
    });
  }
}

/** The export that was named, or the one that is a recipe. */
function pickExport(module: Record<string, unknown>, exportName: string | undefined, doing: string): unknown {
  const exports = Object.keys(module);
  if (exportName !== undefined) {
    if (exports.includes(exportName)) return module[exportName];
    throw new RecipeError({
      doing,
      what: "the export",
      rule: `one of ${exports.join(", ")}`,
      got: exportName,
    });
  }
  const recipes = exports.filter((name) => looksLikeRecipe(module[name]));
  if (recipes.includes("default") || recipes.length === 1) {
    return module[recipes.includes("default") ? "default" : recipes[0]];
  }
  const fault = recipes.length === 0
    ? { rule: "a recipe among them", got: exports, remedy: "Write `export default recipe({ … })`." }
    : {
      rule: "one recipe, or one that is the default",
      got: recipes,
      remedy: `Name the one to take: --recipe FILE#${recipes[0]}.`,
    };
  throw new RecipeError({ doing, what: "the module's exports", ...fault });
}

function looksLikeRecipe(value: unknown): boolean {
  return typeof value === "object" && value !== null && "model" in value && "scheduler" in value;
}

/**
 * What `work` gives; an error of Winnow's shape is retold as one about this recipe. The shape is what counts, as a
 * recipe file may import another copy of Winnow, with error classes of its own.
 */
async function explained<T>(doing: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isFault(cause)) throw new RecipeError({ ...cause.fault, doing }, { cause });
    throw cause;
  }
}

function isFault(error: unknown): error is Error & { fault: Fault } {
  return error instanceof Error && "fault" in error && typeof error.fault === "object" &&
    error.fault !== null &&
    "what" in error.fault && "rule" in error.fault;
}

/** " (line 3)" if the error tells where in the module it happened. */
function placeIn(url: URL, error: unknown): string {
  if (!(error instanceof Error)) return "";
  const line = `${error.message}\n${error.stack}`.split(`${url.href}:`)[1]?.match(/^\d+/)?.[0];
  return line === undefined ? "" : ` (line ${line})`;
}
