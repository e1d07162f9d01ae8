import type { NoiseLevel } from "./noise_level.ts";

/** The noise levels that a sampler walks through. It knows nothing of solvers or of what the model predicts. */
export interface Schedule {
  /** What the model is told about the noise, one a step, falling. */
  readonly timesteps: Float64Array;
  /** Noise to signal σ/α before each step, and after the last: steps + 1 of them. */
  readonly sigmas: Float64Array;
  /** The level at which each step begins. */
  readonly levels: readonly NoiseLevel[];
  /** The level at which each step ends. In most schedules the next step's beginning. */
  readonly targets: readonly NoiseLevel[];
  /** What standard normal noise is multiplied by to give the first sample. */
  readonly initNoiseSigma: number;
}

/** What follows the last step's noise level: none at all, or the least that the model was trained with. */
export const FINAL_SIGMAS_TYPES = ["zero", "sigma_min"] as const;
export type FinalSigmasType = (typeof FINAL_SIGMAS_TYPES)[number];

/** A schedule whose steps join end to end, from its steps + 1 float32 sigmas. */
export function chainedSchedule(
  timesteps: Float64Array,
  sigmas: Float64Array,
  level: (sigma: number) => NoiseLevel,
  initNoiseSigma: number,
): Schedule {
  const levels = Array.from(sigmas, level);
  return { timesteps, sigmas, levels: levels.slice(0, -1), targets: levels.slice(1), initNoiseSigma };
}
