import { wholeTimesteps, type WholeTimestepsOptions } from "./ddim_schedule.ts";
import type { Schedule } from "./schedule.ts";
import { trainingSchedule } from "./training_levels.ts";

/**
 * Whole timesteps; each step goes to the next of them, the last to no noise at all. (diffusers' DDPMScheduler.)
 *
 * @throws {DomainError} when a timestep lies beyond those of training
 */
export function ddpmSchedule(options: WholeTimestepsOptions): Schedule {
  const timesteps = wholeTimesteps(options);
  return trainingSchedule(options.alphasCumprod, timesteps, [...timesteps.subarray(1), -1], 1);
}
