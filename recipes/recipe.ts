/**
 * The recipe: what to make pictures with, as deep-frozen plain data.
 *
 * @module
 */
import type { Attention } from "./recipe_attention.ts";
import type { DefaultGuidance, Guidance, GuidanceFor, NoGuidance } from "./recipe_guidance.ts";
import type { Model } from "./recipe_model.ts";
import type { PlacesOf } from "./model_places.ts";
import { readData } from "./read_data.ts";
import { recipeSchema } from "./recipe_schema.ts";
import type { SchedulerRecipe } from "./recipe_scheduler.ts";
import type { Size } from "./recipe_size.ts";
import type { TextEncoder } from "./recipe_text_encoder.ts";

/**
 * A recipe for the model `M` with the guidance `G`.
 *
 * `JSON.stringify` shows all of it and {@linkcode parseRecipe} reads it back. Every field is there, defaults included,
 * so that a stored recipe means the same later. The prompt and the seed are not part of it.
 */
export interface Recipe<M extends Model = Model, G extends Guidance = Guidance> {
  readonly version: 1;
  readonly model: M;
  readonly textEncoder: TextEncoder;
  readonly scheduler: SchedulerRecipe;
  readonly attention: Attention<PlacesOf<M>>;
  readonly guidance: G;
  /** Absent: the size that the model was trained at. */
  readonly size?: Size;
  /**
   * Another recipe, with some parts in place of this one's. A part is replaced whole; one that is undefined is left as
   * it is (`recipe({ ...old, size: undefined })` leaves the size out).
   *
   * @throws {RecipeError} if the result breaks a rule.
   */
  with<const M2 extends Model = M, G2 extends GuidanceFor<M2> = GuidanceFor<M2> & G>(
    changes: RecipeChanges<M2, G2> & GuidanceNeeded<M2, G>,
  ): Recipe<M2, G2>;
}

/** What {@linkcode recipe} is given. */
export interface RecipeParts<M extends Model = Model, G extends Guidance = Guidance> {
  /** Which weights. */
  readonly model: M;
  /** How prompts are encoded. Default: `textEncoder()`. */
  readonly textEncoder?: TextEncoder;
  /** How noise becomes a picture. Default: `ddim()`. */
  readonly scheduler?: SchedulerRecipe;
  /** The policy of cross-attention. Default: `dense()`. */
  readonly attention?: Attention<PlacesOf<M>>;
  /** What pushes the picture towards its prompt. Default: `cfg()`; `noGuidance()` for a guidance-distilled model. */
  readonly guidance?: G;
  /** Pixels. Default: the size that the model was trained at. */
  readonly size?: Size;
  /** The version of the format, so that a recipe can be spread into the parts of another. */
  readonly version?: 1;
}

/** What {@linkcode Recipe.with} is given. */
export type RecipeChanges<M extends Model = Model, G extends Guidance = Guidance> =
  & Omit<RecipeParts<M, G>, "model">
  & { readonly model?: M };

/** Whoever changes to a guidance-distilled model must also take back the guidance that the recipe has. */
export type GuidanceNeeded<M extends Model, G extends Guidance> = G extends GuidanceFor<M> ? unknown
  : { readonly guidance: NoGuidance };

/**
 * A recipe.
 *
 * @example
 * ```ts
 * import { cfg, euler, pladis, pocket, recipe } from "./recipes.ts";
 *
 * const scene = recipe({
 *   model: pocket(),
 *   scheduler: euler({ steps: 20, sigmas: "karras" }),
 *   attention: pladis({ lambda: 2, alpha: 1.5 }),
 *   guidance: cfg({ scale: 4 }),
 * });
 * const quicker = scene.with({ scheduler: euler({ steps: 8 }) });
 * ```
 *
 * @throws {RecipeError} naming every field that breaks its rule.
 */
export function recipe<const M extends Model, G extends GuidanceFor<M> = GuidanceFor<M> & DefaultGuidance<M>>(
  parts: RecipeParts<M, G>,
): Recipe<M, G> {
  return readRecipe(parts, "make the recipe") as unknown as Recipe<M, G>;
}

/** A recipe from data of any origin. @internal */
export function readRecipe(data: unknown, doing: string): Recipe {
  const parts = readData(recipeSchema, data, { doing });
  const change = (changes: object) => {
    const given = Object.entries(changes).filter(([, part]) => part !== undefined);
    return readRecipe({ ...parts, ...Object.fromEntries(given) }, "change the recipe");
  };
  // not enumerable: neither JSON nor a spread nor a comparison sees it
  return Object.freeze(Object.defineProperty({ ...parts }, "with", { value: change })) as Recipe;
}
