/**
 * The scheduler's part of a recipe: the solver, its steps and how they are spaced.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField, wordField } from "./field_text.ts";
import { makePart } from "./make_part.ts";
import { schedulerConfigSchema, type SchedulerJson } from "./scheduler_json.ts";

/** The noise schedules that can be asked for by name. */
export const SIGMAS = ["karras", "exponential", "beta"] as const;

/** How noise levels are spaced. */
export type SigmasChoice = (typeof SIGMAS)[number];

/** What all schedulers have. */
interface Steps {
  /** Evaluations of the denoiser, from noise to picture (twice as many with guidance). */
  readonly steps: number;
  /** A diffusers scheduler_config.json that replaces the bundle's own. */
  readonly config?: SchedulerJson;
}

/** Song, Meng & Ermon, "Denoising Diffusion Implicit Models", 2021. */
export interface Ddim extends Steps {
  readonly kind: "ddim";
  /** η: 0 adds no noise, 1 adds as much as DDPM. */
  readonly eta: number;
  readonly sigmas?: never;
}

/** Euler's method on the probability flow. Karras et al., "Elucidating the Design Space …", 2022, algorithm 2. */
export interface Euler extends Steps {
  readonly kind: "euler";
  /** Absent: as the configuration says. */
  readonly sigmas?: SigmasChoice;
  readonly eta?: never;
}

/** The second-order multistep solver of Lu et al., "DPM-Solver++", 2022. */
export interface Dpmpp2m extends Steps {
  readonly kind: "dpmpp_2m";
  /** Absent: as the configuration says. */
  readonly sigmas?: SigmasChoice;
  readonly eta?: never;
}

/** The solver and spacing that the bundle's scheduler_config.json (or `config`) names. */
export interface BundleScheduler extends Steps {
  readonly kind: "bundle";
  readonly sigmas?: never;
  readonly eta?: never;
}

/** Any scheduler. */
export type SchedulerRecipe = Ddim | Euler | Dpmpp2m | BundleScheduler;

/** Options that all schedulers take. */
export interface StepsOptions {
  /**
   * Evaluations of the denoiser, 1 to 1000: models are trained on 1000 noise levels, and more steps than levels only
   * repeat some.
   *
   * @default {20}
   */
  readonly steps?: number;
  /**
   * A diffusers scheduler_config.json that replaces the bundle's own. −Infinity, which diffusers writes for
   * `lambda_min_clipped` and JSON has not, is kept by its name, "-Infinity".
   */
  readonly config?: SchedulerJson;
}
export const DEFAULT_STEPS = 20;

/** Options of {@linkcode ddim}. */
export interface DdimOptions extends StepsOptions {
  /**
   * η, 0 to 1: how much noise is added anew at each step.
   *
   * @default {0}
   */
  readonly eta?: number;
}
export const DEFAULT_ETA = 0;

/** Options of {@linkcode euler} and {@linkcode dpmpp2m}. */
export interface SigmasOptions extends StepsOptions {
  /** How noise levels are spaced. Default: as the bundle's configuration says. */
  readonly sigmas?: SigmasChoice;
}

const common = {
  steps: numberField({ from: 1, to: 1000, multipleOf: 1, remedy: "Take 20, or 4 for a quick look." })
    .default(DEFAULT_STEPS),
  config: schedulerConfigSchema.optional(),
};
const eta = numberField({ from: 0, to: 1, remedy: "Take 0 for no new noise, 1 for as much as DDPM's." })
  .default(DEFAULT_ETA);
const sigmas = wordField(SIGMAS).optional();

const ddimSchema = z.strictObject({
  kind: z.literal("ddim"),
  steps: common.steps,
  eta,
  config: common.config,
});
const eulerSchema = z.strictObject({
  kind: z.literal("euler"),
  steps: common.steps,
  sigmas,
  config: common.config,
});
const dpmpp2mSchema = z.strictObject({
  kind: z.literal("dpmpp_2m"),
  steps: common.steps,
  sigmas,
  config: common.config,
});
const bundleSchema = z.strictObject({ kind: z.literal("bundle"), ...common });

/** @internal */
export const schedulerSchema = z.discriminatedUnion("kind", [
  ddimSchema,
  eulerSchema,
  dpmpp2mSchema,
  bundleSchema,
]) satisfies z.ZodType<SchedulerRecipe>;

/** DDIM. @throws {RecipeError} if an option breaks its rule. */
export function ddim(options: DdimOptions = {}): Ddim {
  return makePart("scheduler", ddimSchema, { ...options, kind: "ddim" });
}

/** Euler. @throws {RecipeError} if an option breaks its rule. */
export function euler(options: SigmasOptions = {}): Euler {
  return makePart("scheduler", eulerSchema, { ...options, kind: "euler" });
}

/** DPM++ 2M. @throws {RecipeError} if an option breaks its rule. */
export function dpmpp2m(options: SigmasOptions = {}): Dpmpp2m {
  return makePart("scheduler", dpmpp2mSchema, { ...options, kind: "dpmpp_2m" });
}

/** The solver that the bundle's own configuration names. @throws {RecipeError} if an option breaks its rule. */
export function bundleScheduler(options: StepsOptions = {}): BundleScheduler {
  return makePart("scheduler", bundleSchema, { ...options, kind: "bundle" });
}
