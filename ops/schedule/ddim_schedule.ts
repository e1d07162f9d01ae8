import { DomainError } from "../../errors.ts";
import { roundHalfToEven } from "./grid.ts";
import { preservingLevel } from "./noise_level.ts";
import type { Schedule } from "./schedule.ts";
import { spaceTimesteps, type TimestepSpacing } from "./timestep_spacing.ts";

export interface DdimScheduleOptions {
  /** ᾱ_t of training. */
  readonly alphasCumprod: Float32Array;
  readonly steps: number;
  readonly spacing: TimestepSpacing;
  readonly stepsOffset: number;
  /** Whether the last step ends at ᾱ = 1 (no noise) and not at the cleanest training step. */
  readonly alphaToOne: boolean;
}

/**
 * Whole timesteps; each step goes back by T / steps timesteps, rounded down, wherever the next timestep lies. (With
 * `trailing` and `linspace` that is not always the next one. diffusers' DDIMScheduler.)
 *
 * @throws {DomainError} when a timestep lies beyond those of training
 */
export function ddimSchedule(options: DdimScheduleOptions): Schedule {
  const { alphasCumprod, steps, spacing, stepsOffset, alphaToOne } = options;
  const trainTimesteps = alphasCumprod.length;
  const endTimestep = trainTimesteps;
  const spacings = { spacing, steps, trainTimesteps, stepsOffset, endTimestep, dropLast: false };
  const timesteps = spaceTimesteps(spacings).map(roundHalfToEven);
  if (!(timesteps[0] < trainTimesteps)) {
    throw new DomainError({
      doing: "space the timesteps",
      what: "the first timestep",
      rule: `below the ${trainTimesteps} timesteps of training`,
      got: timesteps[0],
      remedy: `Take fewer steps than ${steps}, or a smaller steps_offset than ${stepsOffset}.`,
    });
  }
  const back = Math.floor(trainTimesteps / steps);
  const finalAlpha = alphaToOne ? 1 : alphasCumprod[0];
  const levels = Array.from(timesteps, (t) => preservingLevel(alphasCumprod[t]));
  const targets = Array.from(
    timesteps,
    (t) => preservingLevel(t >= back ? alphasCumprod[t - back] : finalAlpha),
  );
  const sigmas = Float64Array.from(
    [...levels, targets[targets.length - 1]],
    ({ alpha, sigma }) => sigma / alpha,
  );
  return { timesteps, sigmas, levels, targets, initNoiseSigma: 1 };
}
