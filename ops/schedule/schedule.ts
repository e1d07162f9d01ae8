import type { NoiseLevel } from "./noise_level.ts";

/**
 * How the image and the noise of a sample are weighted along a schedule: α² + σ² = 1 (variance preserving), α = 1
 * (variance exploding), or α + σ = 1 (flow matching).
 */
export type Space = "preserving" | "exploding" | "flow";

/** The noise levels that a sampler walks through. It knows nothing of solvers or of what the model predicts. */
export interface Schedule {
  readonly space: Space;
  /** What the model is told about the noise, one an evaluation, falling. */
  readonly timesteps: Float64Array;
  /** Noise to signal σ/α before each evaluation, and after the last; on a flow schedule σ itself. */
  readonly sigmas: Float64Array;
  /** The level at which each evaluation takes place. */
  readonly levels: readonly NoiseLevel[];
  /** The level at which its step ends. In most schedules the next one's beginning. */
  readonly targets: readonly NoiseLevel[];
  /** What standard normal noise is multiplied by to give the first sample. */
  readonly initNoiseSigma: number;
}

/** What follows the last step's noise level: none at all, or the least that the model was trained with. */
export const FINAL_SIGMAS_TYPES = ["zero", "sigma_min"] as const;
export type FinalSigmasType = (typeof FINAL_SIGMAS_TYPES)[number];

/** A schedule whose steps join end to end, from its steps + 1 float32 sigmas. */
export function chainedSchedule(
  space: Space,
  timesteps: Float64Array,
  sigmas: Float64Array,
  level: (sigma: number) => NoiseLevel,
  initNoiseSigma: number,
): Schedule {
  const levels = Array.from(sigmas, level);
  return { space, timesteps, sigmas, levels: levels.slice(0, -1), targets: levels.slice(1), initNoiseSigma };
}
