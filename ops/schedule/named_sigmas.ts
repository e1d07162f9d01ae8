import { ALIGNED_FAMILIES, type AlignedFamily, alignYourSteps } from "./align_your_steps.ts";
import { betaSigmas } from "./beta_sigmas.ts";
import { exponentialSigmas } from "./exponential_sigmas.ts";
import { karrasSigmas, type SigmaRange } from "./karras_sigmas.ts";
import { klOptimalSigmas } from "./kl_optimal_sigmas.ts";
import { linearQuadraticSigmas } from "./linear_quadratic_sigmas.ts";
import { luSigmas } from "./lu_sigmas.ts";
import { polyexponentialSigmas } from "./polyexponential_sigmas.ts";
import {
  ddimUniformSigmas,
  normalSigmas,
  sgmUniformSigmas,
  simpleSigmas,
  type TrainedLevels,
} from "./trained_sigmas.ts";

/** Those that a diffusers configuration can ask for, as `use_⟨name⟩_sigmas`. */
export const CONFIG_SIGMAS = ["karras", "exponential", "beta"] as const;

/**
 * The sigma schedules that a user can ask for by name: diffusers' and k-diffusion's; ComfyUI's; and those of Align Your
 * Steps, one for each model that it was made for.
 */
export const SIGMAS_NAMES = [
  ...CONFIG_SIGMAS,
  "polyexponential",
  "lu",
  "normal",
  "simple",
  "sgm_uniform",
  "ddim_uniform",
  "linear_quadratic",
  "kl_optimal",
  "align_your_steps_sd15",
  "align_your_steps_sdxl",
  "align_your_steps_svd",
] as const;
export type SigmasName = (typeof SIGMAS_NAMES)[number];

/** Those that have an exponent. */
export const RHO_SIGMAS = ["karras", "polyexponential"] as const;

/** Such a schedule with another exponent than its own. */
export interface RhoSigmas {
  readonly name: (typeof RHO_SIGMAS)[number];
  readonly rho: number;
}

/** A schedule by name, or the user's own: σ (noise to signal) before each step and after the last. */
export type SigmasChoice = SigmasName | RhoSigmas | readonly number[];

/** Whether the choice is the user's own list. */
export function isSigmaList(choice: SigmasChoice | undefined): choice is readonly number[] {
  return Array.isArray(choice);
}

export interface NamedSigmasOptions {
  /** The least and the largest σ. Schedules that pick from the levels of training have these ends instead. */
  readonly range: SigmaRange;
  readonly steps: number;
  readonly trained: TrainedLevels;
  /** The exponent of those that have one. Left out: their own. */
  readonly rho?: number;
}

/** The σ of a named schedule before each step, noisiest first; `steps` of them, but for `ddim_uniform`. */
export function namedSigmas(
  name: SigmasName,
  { range, steps, trained, rho }: NamedSigmasOptions,
): Float64Array {
  switch (name) {
    case "karras":
      return karrasSigmas(range, steps, rho);
    case "exponential":
      return exponentialSigmas(range, steps);
    case "polyexponential":
      return polyexponentialSigmas(range, steps, rho);
    case "beta":
      return betaSigmas(range, steps);
    case "lu":
      return luSigmas(range, steps);
    case "normal":
      return normalSigmas(trained, steps);
    case "simple":
      return simpleSigmas(trained, steps);
    case "sgm_uniform":
      return sgmUniformSigmas(trained, steps);
    case "ddim_uniform":
      return ddimUniformSigmas(trained, steps);
    case "linear_quadratic":
      return linearQuadraticSigmas(range, steps);
    case "kl_optimal":
      return klOptimalSigmas(range, steps);
    case "align_your_steps_sd15":
    case "align_your_steps_sdxl":
    case "align_your_steps_svd":
      return alignYourSteps(familyOf(name), steps);
    default:
      return name satisfies never;
  }
}

function familyOf(name: `align_your_steps_${AlignedFamily}`): AlignedFamily {
  return ALIGNED_FAMILIES.find((family) => name.endsWith(family)) as AlignedFamily;
}
