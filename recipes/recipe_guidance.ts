/**
 * The guidance of a recipe: what pushes the picture towards its prompt.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField } from "./field_text.ts";
import { makePart } from "./make_part.ts";
import type { GuidanceDistilled, Model } from "./recipe_model.ts";

/** The prompt's own prediction, one evaluation a step. */
export interface NoGuidance {
  readonly kind: "none";
  readonly scale?: never;
  readonly rescale?: never;
}

/** Classifier-free guidance. Ho & Salimans, 2022. */
export interface Cfg {
  readonly kind: "cfg";
  /** w: the prediction is unconditional + w·(conditional − unconditional). */
  readonly scale: number;
  /** φ: how far the prediction's standard deviation is brought back to the conditional's. */
  readonly rescale: number;
}

/** Any guidance. */
export type Guidance = NoGuidance | Cfg;

/** The guidance that a model can take: none where it is distilled into the weights. */
export type GuidanceFor<M extends Model> = M extends GuidanceDistilled ? NoGuidance : Guidance;

/** The guidance that a model gets when the recipe names none. */
export type DefaultGuidance<M extends Model> = M extends { readonly guidanceDistilled: infer D }
  ? (D extends true ? NoGuidance : Cfg)
  : Cfg;

/** Options of {@linkcode cfg}. */
export interface CfgOptions {
  /**
   * w, 0 to 100: 1 is no guidance (one evaluation a step), 0 ignores the prompt. Models are used at 1 to 20; the
   * bound is far above, to catch slips such as 750 for 7.50.
   *
   * @default {3}
   */
  readonly scale?: number;
  /**
   * φ, 0 to 1. Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2023, section 3.4: 0.7 for
   * models that were trained to zero terminal SNR.
   *
   * @default {0}
   */
  readonly rescale?: number;
}
export const DEFAULT_SCALE = 3;
export const DEFAULT_RESCALE = 0;

const noGuidanceSchema = z.strictObject({ kind: z.literal("none") });
const cfgSchema = z.strictObject({
  kind: z.literal("cfg"),
  scale: numberField({
    from: 0,
    to: 100,
    remedy: "Take 3 for the bundled model, 7.5 for Stable Diffusion, 1 for none.",
  })
    .default(DEFAULT_SCALE),
  rescale: numberField({ from: 0, to: 1, remedy: "Take 0 for none, 0.7 as in the paper." }).default(
    DEFAULT_RESCALE,
  ),
});

/** @internal */
export const guidanceSchema = z.discriminatedUnion("kind", [noGuidanceSchema, cfgSchema]) satisfies z.ZodType<
  Guidance
>;

/** No guidance: the prompt's own prediction. */
export function noGuidance(): NoGuidance {
  return makePart("guidance", noGuidanceSchema, { kind: "none" });
}

/**
 * Classifier-free guidance.
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function cfg(options: CfgOptions = {}): Cfg {
  return makePart("guidance", cfgSchema, { ...options, kind: "cfg" });
}
