/**
 * Recipes: typed, declarative data that says with what a picture is made.
 *
 * Everything here is plain: deep-frozen, the same after a trip through JSON, and checked when it is made. What cannot
 * work does not compile; what only the data tell throws a `RecipeError` that names the field.
 *
 * @module
 */
export {
  type Attention,
  type Dense,
  dense,
  type Entmax,
  entmax,
  type EntmaxOptions,
  type Pladis,
  pladis,
  type PladisOptions,
} from "./recipe_attention.ts";
export { describeRecipe, type RecipeDescription } from "./describe_recipe.ts";
export {
  type Cfg,
  cfg,
  type CfgOptions,
  type DefaultGuidance,
  type Guidance,
  type GuidanceFor,
  type NoGuidance,
  noGuidance,
} from "./recipe_guidance.ts";
export {
  type GuidanceDistilled,
  type Model,
  type ModelOptions,
  type Pocket,
  pocket,
  type StableDiffusion,
  stableDiffusion,
  type StableDiffusionXl,
  stableDiffusionXl,
} from "./recipe_model.ts";
export type { Place, PlacesOf } from "./model_places.ts";
export { parseRecipe, type ParseRecipeOptions } from "./parse_recipe.ts";
export { presets } from "./presets.ts";
export type { NegativePrompt, PromptOptions, SecondPrompt } from "./prompt_options.ts";
export { type GuidanceNeeded, type Recipe, recipe, type RecipeChanges, type RecipeParts } from "./recipe.ts";
export {
  type BundleScheduler,
  bundleScheduler,
  type Ddim,
  ddim,
  type DdimOptions,
  type Dpmpp2m,
  dpmpp2m,
  type Euler,
  euler,
  type SchedulerRecipe,
  type SigmasChoice,
  type SigmasOptions,
  type StepsOptions,
} from "./recipe_scheduler.ts";
export type { SchedulerJson } from "./scheduler_json.ts";
export { type Size, size } from "./recipe_size.ts";
export { type TextEncoder, textEncoder, type TextEncoderOptions } from "./recipe_text_encoder.ts";
