/**
 * Recipes from outside.
 *
 * @module
 */
import { RecipeError } from "../errors.ts";
import { readRecipe, type Recipe } from "./recipe.ts";

/** Options of {@linkcode parseRecipe}. */
export interface ParseRecipeOptions {
  /** The file or URL that the recipe comes from, for messages. */
  readonly path?: string;
}

/**
 * A recipe out of unknown data: JSON text, what `JSON.parse` gave, or what a module exports.
 *
 * Fields that are left out get their defaults; a field that no recipe has is an error.
 *
 * @throws {RecipeError} naming every field that breaks its rule; its path, the rule, the value and the remedy.
 */
export function parseRecipe(data: unknown, { path }: ParseRecipeOptions = {}): Recipe {
  const doing = path === undefined ? "read the recipe" : `read the recipe ${path}`;
  return readRecipe(typeof data === "string" ? parseJson(data, doing) : data, doing);
}

function parseJson(text: string, doing: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : cause;
    throw new RecipeError({ doing, what: "the text", rule: "JSON", got }, { cause });
  }
}
