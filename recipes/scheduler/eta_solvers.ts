import { makePart } from "../make_part.ts";
import { type Ddim, ddimSchema, type Tcd, tcdSchema } from "../recipe_scheduler.ts";
import { type DistilledOptions, fittingSteps } from "./distilled_options.ts";
import type { StepsOptions } from "./scheduler_options.ts";

/** Options of {@linkcode ddim}. */
export interface DdimOptions extends StepsOptions {
  /**
   * η, 0 to 1: how much noise is added anew at each step.
   *
   * @default {0}
   */
  readonly eta?: number;
}
export { DEFAULT_ETA } from "../recipe_scheduler.ts";

/** Options of {@linkcode tcd}. */
export interface TcdOptions extends DistilledOptions {
  /** η, 0 to 1: how much noise is added anew at each step. Default: 0.3, as in diffusers. */
  readonly eta?: number;
}

/** DDIM. @throws {RecipeError} if an option breaks its rule. */
export function ddim(options: DdimOptions = {}): Ddim {
  return makePart("scheduler", ddimSchema, { ...options, kind: "ddim" });
}

/** TCD, for models that were distilled so. @throws {RecipeError} if an option breaks its rule. */
export function tcd(options: TcdOptions = {}): Tcd {
  return makePart("scheduler", tcdSchema, { ...fittingSteps(options), ...options, kind: "tcd" });
}
