/**
 * Which prompts a recipe can use.
 *
 * @module
 */
import type { Model } from "./recipe_model.ts";
import type { Recipe } from "./recipe.ts";

interface Negative {
  /** What the picture should not show. */
  readonly negativePrompt?: string;
}

interface SecondPrompt {
  /** The prompt for the second text encoder. Default: the prompt. */
  readonly prompt2?: string;
}

interface SecondNegative {
  /** The negative prompt for the second text encoder. Default: the negative prompt. */
  readonly negativePrompt2?: string;
}

type Never<T> = { readonly [K in keyof T]?: never };

type HasSecond<M extends Model> = M extends { readonly kind: "stable-diffusion-xl" } ? true : false;

/** `true` for a recipe whose type says that it has no guidance; a negative prompt would do nothing. */
type IsUnguided<R extends Recipe> = [R["guidance"]] extends [{ readonly kind: "none" }] ? true : false;

/**
 * The prompts beyond the first that a recipe of this type can use: a second one only where there is a second text
 * encoder, negative ones only where there is guidance.
 */
export type PromptOptions<R extends Recipe = Recipe> =
  & (IsUnguided<R> extends true ? Never<Negative> : Negative)
  & (true extends HasSecond<R["model"]> ? SecondPrompt : Never<SecondPrompt>)
  & (IsUnguided<R> extends true ? Never<SecondNegative>
    : true extends HasSecond<R["model"]> ? SecondNegative
    : Never<SecondNegative>);
