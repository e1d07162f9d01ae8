/**
 * From flags to a recipe, files and models included.
 *
 * @module
 */

import type { Recipe } from "../recipes/recipes.ts";
import type { RecipeFlags } from "./generate_flags.ts";
import type { InputOptions } from "./input_files.ts";
import { loadRecipe } from "./load_recipe.ts";
import { modelFromFlag } from "./model_from_flag.ts";
import { recipeFromFlags } from "./recipe_from_flags.ts";
import { readSchedulerFile } from "./scheduler_file.ts";

/** Loads what the flags refer to and gives the recipe that they ask for. */
export async function recipeOf(flags: RecipeFlags, options?: InputOptions): Promise<Recipe> {
  const signal = options?.signal;
  const [recipe, model, schedulerConfig] = await Promise.all([
    flags.recipe === undefined ? undefined : loadRecipe(flags.recipe, signal),
    flags.model === undefined ? undefined : modelFromFlag(flags.model, options),
    flags.scheduler === undefined ? undefined : readSchedulerFile(flags.scheduler, signal),
  ]);
  return recipeFromFlags(flags, { recipe, model, schedulerConfig });
}
