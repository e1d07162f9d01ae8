/**
 * The recipe: what to make, as deep-frozen plain data.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { checkPart } from "./check_part.ts";
import { type Attention, attentionSchema, dense } from "./recipe_attention.ts";
import {
  cfg,
  type DefaultGuidance,
  type Guidance,
  type GuidanceFor,
  guidanceSchema,
  noGuidance,
} from "./recipe_guidance.ts";
import { type Model, modelSchema, type PlacesOf } from "./recipe_model.ts";
import { ddim, type SchedulerRecipe, schedulerSchema } from "./recipe_scheduler.ts";
import { type Size, sizeSchema } from "./recipe_size.ts";
import { type TextEncoder, textEncoder, textEncoderSchema } from "./recipe_text_encoder.ts";

/** Version of the recipe format. */
export const RECIPE_VERSION = 1;

/** The parts of a recipe; all but the model have defaults. */
export interface RecipeParts<M extends Model = Model, G extends GuidanceFor<M> = GuidanceFor<M>> {
  readonly model: M;
  /** Default: the text encoder's last layer. */
  readonly textEncoder?: TextEncoder;
  /** Default: `ddim()`, 20 steps. */
  readonly scheduler?: SchedulerRecipe;
  /** Default: `dense()`. */
  readonly attention?: Attention<PlacesOf<M>>;
  /** Default: `cfg()`, or `noGuidance()` where guidance was distilled into the model. */
  readonly guidance?: G;
  /** Default: the size that the model was trained at. */
  readonly size?: Size;
}

/** What to make. Plain data: `JSON.stringify` and `parseRecipe` give the same recipe back. */
export interface Recipe<M extends Model = Model, G extends Guidance = Guidance> {
  readonly version: typeof RECIPE_VERSION;
  readonly model: M;
  readonly textEncoder: TextEncoder;
  readonly scheduler: SchedulerRecipe;
  readonly attention: Attention<PlacesOf<M>>;
  readonly guidance: G;
  readonly size?: Size;
  /** The same recipe with some parts replaced. Not part of the data. */
  with<G2 extends GuidanceFor<M> = G & GuidanceFor<M>>(changes: Partial<RecipeParts<M, G2>>): Recipe<M, G2>;
}

const schema = z.strictObject({
  version: z.literal(RECIPE_VERSION, {
    error: `${RECIPE_VERSION}, the format that this version of Winnow reads`,
  })
    .default(RECIPE_VERSION),
  model: modelSchema,
  textEncoder: textEncoderSchema.default(textEncoder()),
  scheduler: schedulerSchema.default(ddim()),
  attention: attentionSchema.default(dense()),
  guidance: guidanceSchema.optional(),
  size: sizeSchema.optional(),
}, { error: "a recipe, an object" }).superRefine((recipe, context) => {
  if (!isDistilled(recipe.model) || recipe.guidance === undefined || recipe.guidance.kind === "none") return;
  context.addIssue({
    code: "custom",
    path: ["guidance"],
    message: '{ kind: "none" } for a guidance-distilled model',
  });
});

function isDistilled(model: Model): boolean {
  return model.kind !== "pocket" && model.guidanceDistilled;
}

/** Options of `parseRecipe`. */
export interface ParseRecipeOptions {
  /** What is being done, for the error message. @default {"read the recipe"} */
  readonly doing?: string;
}

export const DEFAULT_DOING = "read the recipe";

/**
 * A recipe from data: parsed JSON, or another recipe.
 *
 * @throws {RecipeError} naming the path of each field that breaks the schema, its rule, its value and the remedy.
 */
export function parseRecipe(data: unknown, { doing = DEFAULT_DOING }: ParseRecipeOptions = {}): Recipe {
  const { guidance, ...rest } = checkPart(schema, data, doing);
  const made = { ...rest, guidance: guidance ?? (isDistilled(rest.model) ? noGuidance() : cfg()) };
  // Not enumerable, so that the recipe stays plain data to JSON, to spreading and to equality.
  Object.defineProperty(made, "with", {
    value: (changes: Partial<RecipeParts>) =>
      parseRecipe({ ...made, ...changes }, { doing: "change the recipe" }),
  });
  return Object.freeze(made) as unknown as Recipe;
}

/**
 * Makes a recipe. What cannot work does not compile: guidance on a guidance-distilled model, or a policy at a site
 * that the model's family has not got.
 *
 * @example
 * ```ts ignore
 * const scene = recipe({ model: pocket(), scheduler: euler({ steps: 12 }), attention: pladis({ lambda: 1.5 }) });
 * ```
 *
 * @throws {RecipeError} naming the path of each field that breaks the schema.
 */
export function recipe<const M extends Model, G extends GuidanceFor<M> = DefaultGuidance<M> & GuidanceFor<M>>(
  parts: RecipeParts<M, G>,
): Recipe<M, G> {
  const given = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
  return parseRecipe(given, { doing: "make the recipe" }) as unknown as Recipe<M, G>;
}
