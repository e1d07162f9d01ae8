/**
 * What to make: recipes, their parts, and presets. Plain data, and nothing but data.
 *
 * @module
 */
export * from "./describe_recipe.ts";
export * as presets from "./presets.ts";
export * from "./prompt_options.ts";
export * from "./recipe.ts";
export * from "./recipe_attention.ts";
export * from "./recipe_guidance.ts";
export * from "./recipe_model.ts";
export * from "./recipe_scheduler.ts";
export * from "./recipe_size.ts";
export * from "./recipe_text_encoder.ts";
