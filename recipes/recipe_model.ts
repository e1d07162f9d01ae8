/**
 * Which model a recipe runs.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { checkPart } from "./check_part.ts";

/** The model that comes with Winnow: scenes of one or two emoji at 64 × 64 pixels. */
export interface Pocket {
  readonly kind: "pocket";
}

/** A model of Stable Diffusion 1's or 2's layout. */
export interface StableDiffusion<D extends boolean = boolean> {
  readonly kind: "stable-diffusion";
  /** The bundle: a folder's path or a URL. */
  readonly source: string;
  /** Whether guidance was distilled into the model (Turbo, Lightning, LCM, Hyper, DMD2). */
  readonly guidanceDistilled: D;
}

/** A model of Stable Diffusion XL's layout. */
export interface StableDiffusionXl<D extends boolean = boolean> {
  readonly kind: "stable-diffusion-xl";
  /** The bundle: a folder's path or a URL. */
  readonly source: string;
  /** Whether guidance was distilled into the model (Turbo, Lightning, LCM, Hyper, DMD2). */
  readonly guidanceDistilled: D;
}

export type Model = Pocket | StableDiffusion | StableDiffusionXl;

/** Where attention sites can stand: in a U-Net, or in the blocks of a transformer. */
export type Place = "down" | "mid" | "up" | "joint" | "single";

/** Places where a model has cross-attention. All models here are U-Nets. */
export type PlacesOf<M extends Model> = M extends Model ? "down" | "mid" | "up" : never;

/** Whether a model's type says that its guidance was distilled. */
export type IsDistilled<M extends Model> = M extends { readonly guidanceDistilled: true } ? true : false;

/** Whether guidance was distilled into a model. @default {false} */
export const DEFAULT_GUIDANCE_DISTILLED = false;

const SOURCE_RULE = "the path or URL of a model's folder";
const source = z.string({ error: SOURCE_RULE }).min(1, { error: SOURCE_RULE });
const guidanceDistilled = z.boolean({ error: "true or false" }).default(DEFAULT_GUIDANCE_DISTILLED);

/** Schema of a recipe's model. */
export const modelSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("pocket") }),
  z.strictObject({ kind: z.literal("stable-diffusion"), source, guidanceDistilled }),
  z.strictObject({ kind: z.literal("stable-diffusion-xl"), source, guidanceDistilled }),
], { error: 'one of the kinds "pocket", "stable-diffusion", "stable-diffusion-xl"' });

/** Options of a model's constructor. */
export interface ModelOptions<D extends boolean> {
  /** Whether guidance was distilled into the model; then `cfg` does not compile. @default {false} */
  readonly guidanceDistilled?: D;
}

/** The model that comes with Winnow. */
export function pocket(): Pocket {
  return Object.freeze({ kind: "pocket" });
}

/**
 * A model of Stable Diffusion 1's or 2's layout: one text encoder.
 *
 * @param source The bundle: a folder's path or a URL.
 * @throws {RecipeError} if the source is empty.
 */
export function stableDiffusion<const D extends boolean = false>(
  source: string,
  { guidanceDistilled = DEFAULT_GUIDANCE_DISTILLED as D }: ModelOptions<D> = {},
): StableDiffusion<D> {
  const value = { kind: "stable-diffusion", source, guidanceDistilled };
  return checkPart(modelSchema, value, "make the model", "model") as StableDiffusion<D>;
}

/**
 * A model of Stable Diffusion XL's layout: two text encoders.
 *
 * @param source The bundle: a folder's path or a URL.
 * @throws {RecipeError} if the source is empty.
 */
export function stableDiffusionXl<const D extends boolean = false>(
  source: string,
  { guidanceDistilled = DEFAULT_GUIDANCE_DISTILLED as D }: ModelOptions<D> = {},
): StableDiffusionXl<D> {
  const value = { kind: "stable-diffusion-xl", source, guidanceDistilled };
  return checkPart(modelSchema, value, "make the model", "model") as StableDiffusionXl<D>;
}
