import type { z } from "npm:zod@4.6.7";
import { readData } from "./read_data.ts";

/**
 * One part of a recipe, checked and frozen.
 *
 * @param part Its key in a recipe.
 * @throws {RecipeError} naming the fields that break their rules.
 */
export function makePart<S extends z.ZodType>(part: string, schema: S, input: object): z.output<S> {
  return readData(schema, input, { doing: "make the recipe", at: [part] });
}
