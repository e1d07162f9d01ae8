/**
 * The model of a recipe: which weights, and of which family.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { says } from "./field_text.ts";
import { makePart } from "./make_part.ts";

/** The small model that comes with Winnow: emoji scenes, 64 x 64 pixels. */
export interface Pocket {
  readonly kind: "pocket";
}

/** Its guidance-distilled sibling: the same scenes in one or two steps, without guidance. */
export interface PocketTurbo {
  readonly kind: "pocket-turbo";
  readonly guidanceDistilled: true;
}

/** Stable Diffusion 1.x or 2.x: one text encoder, a U-Net. `D` says whether it is guidance-distilled. */
export interface StableDiffusion<D extends boolean = boolean> {
  readonly kind: "stable-diffusion";
  /** A folder or URL with an ONNX bundle. */
  readonly source: string;
  /** Whether guidance was distilled into the weights, as in LCM, Turbo, Lightning, Hyper and DMD2. */
  readonly guidanceDistilled: D;
}

/** Stable Diffusion XL: two text encoders, a U-Net. `D` says whether it is guidance-distilled. */
export interface StableDiffusionXl<D extends boolean = boolean> {
  readonly kind: "stable-diffusion-xl";
  /** A folder or URL with an ONNX bundle. */
  readonly source: string;
  /** Whether guidance was distilled into the weights, as in LCM, Turbo, Lightning, Hyper and DMD2. */
  readonly guidanceDistilled: D;
}

/** A model of any family. */
export type Model = Pocket | PocketTurbo | StableDiffusion | StableDiffusionXl;

/** What the type of a guidance-distilled model looks like. */
export interface GuidanceDistilled {
  readonly guidanceDistilled: true;
}

/** Options of {@linkcode stableDiffusion} and {@linkcode stableDiffusionXl}. */
export interface ModelOptions<D extends boolean = boolean> {
  /**
   * Whether guidance was distilled into the weights. Such a model takes neither classifier-free guidance nor a
   * negative prompt; PLADIS works with it.
   *
   * @default {false}
   */
  readonly guidanceDistilled?: D;
}
export const DEFAULT_GUIDANCE_DISTILLED = false;

const weights = {
  source: says(z.string().regex(/\S/), {
    rule: "the folder or URL of an ONNX bundle",
    remedy: "Export a model with optimum-onnx, or use pocket(), which needs no source.",
  }),
  guidanceDistilled: says(z.boolean().default(DEFAULT_GUIDANCE_DISTILLED), { rule: "true or false" }),
};

const pocketSchema = z.strictObject({ kind: z.literal("pocket") });
const pocketTurboSchema = z.strictObject({
  kind: z.literal("pocket-turbo"),
  guidanceDistilled: says(z.literal(true).default(true), { rule: "true" }),
});
const stableDiffusionSchema = z.strictObject({ kind: z.literal("stable-diffusion"), ...weights });
const stableDiffusionXlSchema = z.strictObject({ kind: z.literal("stable-diffusion-xl"), ...weights });

/** @internal */
export const modelSchema = z.discriminatedUnion("kind", [
  pocketSchema,
  pocketTurboSchema,
  stableDiffusionSchema,
  stableDiffusionXlSchema,
]) satisfies z.ZodType<Model>;

/** The bundled model. */
export function pocket(): Pocket {
  return makePart("model", pocketSchema, { kind: "pocket" });
}

/**
 * The bundled model's guidance-distilled sibling: one or two steps, and no guidance, which is in its weights. A recipe
 * that names no scheduler takes DDIM's two steps.
 */
export function pocketTurbo(): PocketTurbo {
  return makePart("model", pocketTurboSchema, { kind: "pocket-turbo" });
}

/**
 * A Stable Diffusion 1.x or 2.x bundle.
 *
 * @param source A folder or URL.
 * @throws {RecipeError} if the source is empty.
 */
export function stableDiffusion<const D extends boolean = false>(
  source: string | URL,
  options: ModelOptions<D> = {},
): StableDiffusion<D> {
  const input = { ...options, kind: "stable-diffusion", source: nameOf(source) };
  return makePart("model", stableDiffusionSchema, input) as StableDiffusion<D>;
}

/**
 * A Stable Diffusion XL bundle.
 *
 * @param source A folder or URL.
 * @throws {RecipeError} if the source is empty.
 */
export function stableDiffusionXl<const D extends boolean = false>(
  source: string | URL,
  options: ModelOptions<D> = {},
): StableDiffusionXl<D> {
  const input = { ...options, kind: "stable-diffusion-xl", source: nameOf(source) };
  return makePart("model", stableDiffusionXlSchema, input) as StableDiffusionXl<D>;
}

function nameOf(source: string | URL): string {
  return source instanceof URL ? source.href : source;
}
