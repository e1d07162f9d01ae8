/**
 * The prompts that a recipe can use beside the first.
 *
 * @module
 */
import type { NoGuidance } from "./recipe_guidance.ts";
import type { Recipe } from "./recipe.ts";

/** string where the recipe has a second text encoder, else never. */
export type SecondPrompt<R extends Recipe> = "stable-diffusion-xl" extends R["model"]["kind"] ? string
  : never;

/** string where the recipe evaluates a negative prompt, else never. */
export type NegativePrompt<R extends Recipe> = R["guidance"] extends NoGuidance ? never : string;

/** The prompts that the recipe `R` can use beside the first. What it cannot use is `never`. */
export interface PromptOptions<R extends Recipe = Recipe> {
  /** What the picture should not show. Only with guidance. */
  readonly negativePrompt?: NegativePrompt<R>;
  /** The prompt for the second text encoder. Default: the prompt. */
  readonly prompt2?: SecondPrompt<R>;
  /** The negative prompt for the second text encoder. Default: the negative prompt. */
  readonly negativePrompt2?: SecondPrompt<R> & NegativePrompt<R>;
}
