/**
 * The scheduler's part of a recipe: the solver, its steps and how they are spaced.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField, says } from "./field_text.ts";
import { schedulerConfigSchema, type SchedulerJson } from "./scheduler_json.ts";
import { type SigmasChoice, sigmasSchema } from "./scheduler/sigmas_choice.ts";
import { PLAIN_KINDS, type PlainKind, SIGMAS_KINDS, type SigmasKind } from "./scheduler/solver_kinds.ts";

export type { SigmasChoice };

/** What all schedulers have. */
interface Steps {
  /** Evaluations of the denoiser, from noise to picture (twice as many with guidance, or with a solver of two stages). */
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
  readonly timesteps?: never;
}

/** What solvers for distilled models have, which may only be asked at a few timesteps. */
interface Distilled extends Steps {
  /** The timesteps of training at which the model is asked, falling. Absent: evenly among those of the distillation. */
  readonly timesteps?: readonly number[];
}

/** Luo et al., "Latent Consistency Models", 2023: for models that were distilled so, or as DMD2 and Hyper-SD. */
export interface Lcm extends Distilled {
  readonly kind: "lcm";
  readonly sigmas?: never;
  readonly eta?: never;
}

/** Zheng et al., "Trajectory Consistency Distillation", 2024: for models that were distilled so. */
export interface Tcd extends Distilled {
  readonly kind: "tcd";
  /** η, the paper's γ: 0 adds no noise, 1 as much as LCM. */
  readonly eta: number;
  readonly sigmas?: never;
}

/** A solver whose noise levels can be chosen. What each is, and who found it, is in docs/solvers.md. */
export interface SigmasScheduler<Kind extends SigmasKind = SigmasKind> extends Steps {
  readonly kind: Kind;
  /** Absent: as the configuration says. */
  readonly sigmas?: SigmasChoice;
  readonly eta?: never;
  readonly timesteps?: never;
}

/** Euler's method on the probability flow. Karras et al., "Elucidating the Design Space …", 2022, algorithm 2. */
export type Euler = SigmasScheduler<"euler">;

/** The second-order multistep solver of Lu et al., "DPM-Solver++", 2022. */
export type Dpmpp2m = SigmasScheduler<"dpmpp_2m">;

/** A solver of which only the steps can be chosen. */
export interface PlainScheduler<Kind extends PlainKind = PlainKind> extends Steps {
  readonly kind: Kind;
  readonly sigmas?: never;
  readonly eta?: never;
  readonly timesteps?: never;
}

/** The solver and spacing that the bundle's scheduler_config.json (or `config`) names. */
export interface BundleScheduler extends Steps {
  readonly kind: "bundle";
  readonly sigmas?: never;
  readonly eta?: never;
  readonly timesteps?: never;
}

/** Any scheduler. */
export type SchedulerRecipe = Ddim | Lcm | Tcd | SigmasScheduler | PlainScheduler | BundleScheduler;

export const DEFAULT_STEPS = 20;
export const DEFAULT_ETA = 0;
/** diffusers' own. */
export const DEFAULT_TCD_ETA = 0.3;

const common = {
  steps: numberField({ from: 1, to: 1000, multipleOf: 1, remedy: "Take 20, or 4 for a quick look." })
    .default(DEFAULT_STEPS),
  config: schedulerConfigSchema.optional(),
};
const eta = numberField({ from: 0, to: 1, remedy: "Take 0 for no new noise, 1 for as much as DDPM's." });

/** @internal */
export const ddimSchema = z.strictObject({
  kind: z.literal("ddim"),
  steps: common.steps,
  eta: eta.default(DEFAULT_ETA),
  config: common.config,
});

const timesteps = says(
  z.array(z.number().int().min(0)).min(1).max(1000)
    .refine((list) => list.every((t, i) => i === 0 || t < list[i - 1])).readonly(),
  { rule: "a falling list of whole numbers from 0", remedy: "Give those that the model was distilled on." },
).optional();

/** @internal */
export const lcmSchema = z.strictObject({
  kind: z.literal("lcm"),
  steps: common.steps,
  timesteps,
  config: common.config,
});

/** @internal */
export const tcdSchema = z.strictObject({
  kind: z.literal("tcd"),
  steps: common.steps,
  timesteps,
  eta: eta.default(DEFAULT_TCD_ETA),
  config: common.config,
});

/** @internal */
export function sigmasSchedulerSchema<K extends SigmasKind>(kind: K) {
  const { steps, config } = common;
  return z.strictObject({ kind: z.literal(kind), steps, sigmas: sigmasSchema.optional(), config });
}

/** @internal */
export function plainSchedulerSchema<K extends PlainKind | "bundle">(kind: K) {
  return z.strictObject({ kind: z.literal(kind), ...common });
}

/** @internal */
export const schedulerSchema = z.discriminatedUnion("kind", [
  ddimSchema,
  ...SIGMAS_KINDS.map(sigmasSchedulerSchema),
  lcmSchema,
  tcdSchema,
  ...PLAIN_KINDS.map(plainSchedulerSchema),
  plainSchedulerSchema("bundle"),
]) as unknown as z.ZodType<SchedulerRecipe>;
