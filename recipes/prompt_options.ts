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

/** One text for all pictures of a batch or one for each; never where there is none. */
export type OneOrEach<T extends string> = [T] extends [never] ? never : T | readonly T[];

/**
 * The prompts that the recipe `R` can use beside the first. What it cannot use is `never`; what it
 * can is one text for all pictures, or a list with one for each.
 */
export interface PromptOptions<R extends Recipe = Recipe> {
  /** What the picture should not show. Only with guidance. */
  readonly negativePrompt?: OneOrEach<NegativePrompt<R>>;
  /** The prompt for the second text encoder. Default: the prompt. */
  readonly prompt2?: OneOrEach<SecondPrompt<R>>;
  /** The negative prompt for the second text encoder. Default: the negative prompt. */
  readonly negativePrompt2?: OneOrEach<SecondPrompt<R> & NegativePrompt<R>>;
}
