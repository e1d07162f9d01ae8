/**
 * Which solver takes the latents from noise to image, and in how many steps.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { checkPart } from "./check_part.ts";

/** A diffusers scheduler_config.json, in the place of the bundle's own. */
export type SchedulerJson = Readonly<Record<string, unknown>>;

/** Sigma schedules that can be chosen by name. */
export type SigmasChoice = "karras" | "exponential" | "beta";

interface Common {
  /** Number of steps, 1 to 1000. @default {20} */
  readonly steps?: number;
  /** A diffusers scheduler_config.json. Default: the bundle's own. */
  readonly config?: SchedulerJson;
}

/** Denoising Diffusion Implicit Models, arXiv 2010.02502. */
export interface Ddim {
  readonly kind: "ddim";
  readonly steps: number;
  readonly eta: number;
  readonly config?: SchedulerJson;
}

/** Euler's method on the probability flow ODE, arXiv 2206.00364, algorithm 2 without its corrector. */
export interface Euler {
  readonly kind: "euler";
  readonly steps: number;
  readonly sigmas?: SigmasChoice;
  readonly config?: SchedulerJson;
}

/** DPM-Solver++ (2M), arXiv 2211.01095, algorithm 2. */
export interface Dpmpp2m {
  readonly kind: "dpmpp_2m";
  readonly steps: number;
  readonly sigmas?: SigmasChoice;
  readonly config?: SchedulerJson;
}

/** The solver that the configuration itself names. */
export interface BundleScheduler {
  readonly kind: "bundle";
  readonly steps: number;
  readonly config?: SchedulerJson;
}

export type SchedulerRecipe = Ddim | Euler | Dpmpp2m | BundleScheduler;

/** Options of `ddim`. */
export interface DdimOptions extends Common {
  /** η, 0 to 1: 0 adds no noise, 1 adds as much as DDPM. @default {0} */
  readonly eta?: number;
}

/** Options of `euler` and `dpmpp2m`. */
export interface SigmasOptions extends Common {
  /** A sigma schedule by name. Default: what the configuration says. */
  readonly sigmas?: SigmasChoice;
}

export const DEFAULT_STEPS = 20;
export const DEFAULT_ETA = 0;

/** A model has at most this many training timesteps. */
const MOST_STEPS = 1000;

const STEPS = `a whole number from 1 to ${MOST_STEPS}`;
const ETA = "a number from 0 to 1";
const CONFIG = "the contents of a scheduler_config.json";
const SIGMAS: readonly SigmasChoice[] = ["karras", "exponential", "beta"];

/** JSON has no infinity, which diffusers does write (`lambda_min_clipped`): such numbers are kept as strings. */
function jsonSafe(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(jsonSafe);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonSafe(inner)]));
}

function isJsonObject(value: unknown): boolean {
  const isJson = (inner: unknown): boolean =>
    inner === null || ["string", "number", "boolean"].includes(typeof inner) ||
    (typeof inner === "object" && Object.values(inner).every(isJson));
  return typeof value === "object" && value !== null && !Array.isArray(value) && isJson(value);
}

const steps = z.number({ error: STEPS }).int({ error: STEPS }).min(1, { error: STEPS }).max(MOST_STEPS, {
  error: STEPS,
})
  .default(DEFAULT_STEPS);
const eta = z.number({ error: ETA }).min(0, { error: ETA }).max(1, { error: ETA }).default(DEFAULT_ETA);
const sigmas = z.enum(SIGMAS, { error: `one of ${SIGMAS.join(", ")}` }).optional();
const config = z.custom<SchedulerJson>(isJsonObject, { error: CONFIG })
  .transform((value) => jsonSafe(value) as SchedulerJson).optional();

/** Schema of a recipe's scheduler. */
export const schedulerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ddim"), steps, eta, config }),
  z.strictObject({ kind: z.literal("euler"), steps, sigmas, config }),
  z.strictObject({ kind: z.literal("dpmpp_2m"), steps, sigmas, config }),
  z.strictObject({ kind: z.literal("bundle"), steps, config }),
], { error: 'one of the kinds "ddim", "euler", "dpmpp_2m", "bundle"' });

function make<S extends SchedulerRecipe>(value: { kind: S["kind"] }): S {
  const given = Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
  return checkPart(schedulerSchema, given, "make the scheduler", "scheduler") as S;
}

/** DDIM. @throws {RecipeError} if an option is out of its range. */
export function ddim({ steps = DEFAULT_STEPS, eta = DEFAULT_ETA, config }: DdimOptions = {}): Ddim {
  return make<Ddim>({ kind: "ddim", steps, eta, config } as Ddim);
}

/** Euler. @throws {RecipeError} if an option is out of its range. */
export function euler({ steps = DEFAULT_STEPS, sigmas, config }: SigmasOptions = {}): Euler {
  return make<Euler>({ kind: "euler", steps, sigmas, config } as Euler);
}

/** DPM++ 2M, multistep. @throws {RecipeError} if an option is out of its range. */
export function dpmpp2m({ steps = DEFAULT_STEPS, sigmas, config }: SigmasOptions = {}): Dpmpp2m {
  return make<Dpmpp2m>({ kind: "dpmpp_2m", steps, sigmas, config } as Dpmpp2m);
}

/** Whatever the bundle's (or the given) scheduler_config.json names. @throws {RecipeError} if steps is out of range. */
export function bundleScheduler({ steps = DEFAULT_STEPS, config }: Common = {}): BundleScheduler {
  return make<BundleScheduler>({ kind: "bundle", steps, config } as BundleScheduler);
}
