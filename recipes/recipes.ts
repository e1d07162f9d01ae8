/**
 * Recipes: typed, declarative data that says with what a picture is made.
 *
 * Everything here is plain: deep-frozen, the same after a trip through JSON, and checked when it is made. What cannot
 * work does not compile; what only the data tell throws a `RecipeError` that names the field.
 *
 * @module
 */
export { type Attention, ATTENTION_KINDS, type Dense, dense } from "./recipe_attention.ts";
export { type BySite, bySite } from "./attention/by_site.ts";
export {
  type Entmax,
  entmax,
  type EntmaxOptions,
  type PlacedPolicy,
  type Pladis,
  pladis,
  type PladisOptions,
  type Temperature,
  temperature,
  type TemperatureOptions,
} from "./attention/placed_policy.ts";
export { describeRecipe, type RecipeDescription } from "./describe_recipe.ts";
export { type Apg, apg, type ApgOptions } from "./guidance/apg_guidance.ts";
export { type Auto, autoGuidance, type AutoOptions } from "./guidance/auto_guidance.ts";
export { type CfgPlusPlus, cfgPlusPlus, type CfgPlusPlusOptions } from "./guidance/cfg_plus_plus_guidance.ts";
export { type CfgZeroStar, cfgZeroStar, type CfgZeroStarOptions } from "./guidance/cfg_zero_star_guidance.ts";
export { type Fdg, fdg, type FdgOptions } from "./guidance/fdg_guidance.ts";
export type { Correction, PushFrom, ScaledOptions } from "./guidance/guidance_fields.ts";
export type { GuidanceInterval, SigmaInterval } from "./guidance/guidance_interval.ts";
export { type Nag, nag, type NagOptions } from "./guidance/nag_guidance.ts";
export {
  type Pag,
  pag,
  type PagOptions,
  type Perturbation,
  type Seg,
  seg,
  type SegOptions,
  type Slg,
  slg,
} from "./guidance/perturbation.ts";
export { type PerpNeg, perpNeg, type PerpNegOptions } from "./guidance/perp_neg_guidance.ts";
export { type Tcfg, tcfg, type TcfgOptions } from "./guidance/tcfg_guidance.ts";
export {
  type Cfg,
  cfg,
  type CfgOptions,
  type DefaultGuidance,
  type Guidance,
  GUIDANCE_KINDS,
  type GuidanceFor,
  type NoGuidance,
  noGuidance,
  type NoGuidanceOptions,
} from "./recipe_guidance.ts";
export {
  type GuidanceDistilled,
  type Model,
  type ModelOptions,
  type Pocket,
  pocket,
  pocketTurbo,
  type StableDiffusion,
  stableDiffusion,
  type StableDiffusionXl,
  stableDiffusionXl,
} from "./recipe_model.ts";
export type { Place, PlacesOf } from "./model_places.ts";
export type { SiteId, Sites } from "./recipe_sites.ts";
export type { ScaleSchedule } from "./guidance/scale_share.ts";
export { parseRecipe, type ParseRecipeOptions } from "./parse_recipe.ts";
export { presets } from "./presets.ts";
export type { NegativePrompt, PromptOptions, SecondPrompt } from "./prompt_options.ts";
export { type GuidanceNeeded, type Recipe, recipe, type RecipeChanges, type RecipeParts } from "./recipe.ts";
export type {
  BundleScheduler,
  Ddim,
  Dpmpp2m,
  Euler,
  Lcm,
  PlainScheduler,
  SchedulerRecipe,
  SigmasScheduler,
  Tcd,
} from "./recipe_scheduler.ts";
export { ddim, type DdimOptions, tcd, type TcdOptions } from "./scheduler/eta_solvers.ts";
export type { DistilledOptions } from "./scheduler/distilled_options.ts";
export { lcm } from "./scheduler/lcm_solver.ts";
export type { SigmasOptions, StepsOptions } from "./scheduler/scheduler_options.ts";
export { type RhoSigmas, SIGMAS, type SigmasChoice, sigmasText } from "./scheduler/sigmas_choice.ts";
export {
  bundleScheduler,
  ddpm,
  deis,
  dpmpp2m,
  dpmpp2mSde,
  dpmpp3m,
  dpmpp3mSde,
  dpmppSde,
  dpmppSinglestep,
  edmEuler,
  euler,
  eulerAncestral,
  flowEuler,
  flowHeun,
  flowLcm,
  heun,
  ipndm,
  kdpm2,
  kdpm2Ancestral,
  lms,
  pndm,
  saSolver,
  scm,
  unipc,
} from "./scheduler/solver_constructors.ts";
export {
  DISTILLED_KINDS,
  ETA_KINDS,
  PLAIN_KINDS,
  type PlainKind,
  SIGMAS_KINDS,
  type SigmasKind,
  SOLVER_KINDS,
  SOLVER_TITLES,
} from "./scheduler/solver_kinds.ts";
export type { SchedulerJson } from "./scheduler_json.ts";
export { MOST_SIDE, type Size, size } from "./recipe_size.ts";
export { type TextEncoder, textEncoder, type TextEncoderOptions } from "./recipe_text_encoder.ts";
