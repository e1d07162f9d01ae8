/**
 * The guidance of a recipe: what pushes the picture towards its prompt.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { type Apg, apgSchema } from "./guidance/apg_guidance.ts";
import { type Auto, autoSchema } from "./guidance/auto_guidance.ts";
import { type CfgPlusPlus, cfgPlusPlusSchema } from "./guidance/cfg_plus_plus_guidance.ts";
import { type CfgZeroStar, cfgZeroStarSchema } from "./guidance/cfg_zero_star_guidance.ts";
import { type Fdg, fdgSchema } from "./guidance/fdg_guidance.ts";
import { type Scaled, scaledFields, type ScaledOptions } from "./guidance/guidance_fields.ts";
import { type Nag, nagSchema } from "./guidance/nag_guidance.ts";
import { type Perturbation, perturbedField } from "./guidance/perturbation.ts";
import { type PerpNeg, perpNegSchema } from "./guidance/perp_neg_guidance.ts";
import { type Tcfg, tcfgSchema } from "./guidance/tcfg_guidance.ts";
import { makePart } from "./make_part.ts";
import type { GuidanceDistilled, Model } from "./recipe_model.ts";

export { DEFAULT_RESCALE, DEFAULT_SCALE } from "./guidance/guidance_fields.ts";

/** The prompt's own prediction, one evaluation a step. */
export interface NoGuidance {
  readonly kind: "none";
  readonly scale?: never;
  readonly rescale?: never;
  /** Absent: none. */
  readonly perturbed?: readonly Perturbation[];
}

/** Options of {@linkcode noGuidance}. */
export interface NoGuidanceOptions {
  /** Pushes away from a hampered network, `pag()`, `seg()` and `slg()`, one evaluation more a step each. Default: none. */
  readonly perturbed?: readonly Perturbation[];
}

/**
 * Classifier-free guidance: the prediction is unconditional + w·(conditional − unconditional). Ho & Salimans, 2022.
 */
export interface Cfg extends Scaled {
  readonly kind: "cfg";
}

/** Any guidance. */
export type Guidance = NoGuidance | Cfg | Apg | CfgZeroStar | Tcfg | Fdg | PerpNeg | CfgPlusPlus | Nag | Auto;

/** The guidance that a model can take: none, or that within attention, where guidance is distilled into the weights. */
export type GuidanceFor<M extends Model> = M extends GuidanceDistilled ? NoGuidance | Nag : Guidance;

/** The guidance that a model gets when the recipe names none. */
export type DefaultGuidance<M extends Model> = M extends { readonly guidanceDistilled: infer D }
  ? (D extends true ? NoGuidance : Cfg)
  : Cfg;

/** Options of {@linkcode cfg}. */
export interface CfgOptions extends ScaledOptions {}

const noGuidanceSchema = z.strictObject({ kind: z.literal("none"), ...perturbedField });
const cfgSchema = z.strictObject({ kind: z.literal("cfg"), ...scaledFields });

/** @internal */
export const guidanceSchema = z.discriminatedUnion("kind", [
  noGuidanceSchema,
  cfgSchema,
  apgSchema,
  cfgZeroStarSchema,
  tcfgSchema,
  fdgSchema,
  perpNegSchema,
  cfgPlusPlusSchema,
  nagSchema,
  autoSchema,
]) satisfies z.ZodType<Guidance>;

/** The kinds of guidance. */
export const GUIDANCE_KINDS = [
  "none",
  "cfg",
  "apg",
  "cfg_zero_star",
  "tcfg",
  "fdg",
  "perp_neg",
  "cfg_pp",
  "nag",
  "auto",
] as const satisfies Guidance["kind"][];

/**
 * No guidance: the prompt's own prediction.
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function noGuidance(options: NoGuidanceOptions = {}): NoGuidance {
  return makePart("guidance", noGuidanceSchema, { ...options, kind: "none" });
}

/**
 * Classifier-free guidance.
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function cfg(options: CfgOptions = {}): Cfg {
  return makePart("guidance", cfgSchema, { ...options, kind: "cfg" });
}
