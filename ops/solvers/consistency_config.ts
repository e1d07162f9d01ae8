import type { Limit } from "../prediction/limit_x0.ts";
import { consistencyTimesteps } from "../schedule/consistency_schedule.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { trainingSchedule } from "../schedule/training_levels.ts";
import { thresholdOf, unsupported } from "./config_reading.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { SolverOptions } from "./solver.ts";

/** diffusers' defaults of LCM and TCD: the betas of Stable Diffusion. */
export const CONSISTENCY_DEFAULTS: SchedulerConfig = Object.freeze({
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
});

/** The limit of LCM and TCD: none, unless it is asked for. */
export function consistencyLimit(config: SchedulerConfig): Limit {
  const { clip_sample = false, clip_sample_range = 1 } = config;
  return thresholdOf(config, clip_sample ? { kind: "clip", range: clip_sample_range } : { kind: "none" });
}

/**
 * The schedule of LCM and TCD.
 *
 * @param last The timestep at which the last step ends; below 0: no noise at all.
 */
export function consistencySchedule(
  { original_inference_steps = 50 }: SchedulerConfig,
  alphasCumprod: Float32Array,
  { steps, strength = 1, timesteps: given }: SolverOptions,
  last: number,
): Schedule {
  const trained = alphasCumprod.length;
  if (original_inference_steps > trained) {
    const rule = `at most ${trained}, the timesteps of training`;
    throw unsupported("original_inference_steps", rule, original_inference_steps);
  }
  // Of timesteps of the user's own the last are taken, and not all of them spread over what is left. (With LCM's diffusers
  // then puts noise on the picture after the last step, as it takes that for an earlier one. Here it ends clean.)
  const timesteps = given
    ? Float64Array.from(given.slice(given.length - Math.trunc(given.length * strength)))
    : consistencyTimesteps(trained, original_inference_steps, steps, strength);
  return trainingSchedule(alphasCumprod, timesteps, [...timesteps.subarray(1), last], 1);
}
