import { DomainError } from "../../errors.ts";
import { roundHalfToEven } from "./grid.ts";
import type { Schedule } from "./schedule.ts";
import { spaceTimesteps, type TimestepSpacing } from "./timestep_spacing.ts";
import { trainingSchedule } from "./training_levels.ts";

export interface WholeTimestepsOptions {
  /** ᾱ_t of training. */
  readonly alphasCumprod: Float32Array;
  readonly steps: number;
  readonly spacing: TimestepSpacing;
  readonly stepsOffset: number;
}

export interface DdimScheduleOptions extends WholeTimestepsOptions {
  /** Whether the last step ends at ᾱ = 1 (no noise) and not at the cleanest training step. */
  readonly alphaToOne: boolean;
}

/**
 * The spaced timesteps, rounded to whole ones of training, noisiest first.
 *
 * @throws {DomainError} when a timestep lies beyond those of training
 */
export function wholeTimesteps(options: WholeTimestepsOptions): Float64Array {
  const { alphasCumprod, steps, spacing, stepsOffset } = options;
  const trainTimesteps = alphasCumprod.length;
  const spacings = {
    spacing,
    steps,
    trainTimesteps,
    stepsOffset,
    endTimestep: trainTimesteps,
    dropLast: false,
  };
  const timesteps = spaceTimesteps(spacings).map(roundHalfToEven);
  if (timesteps[0] < trainTimesteps) return timesteps;
  throw new DomainError({
    doing: "space the timesteps",
    what: "the first timestep",
    rule: `below the ${trainTimesteps} timesteps of training`,
    got: timesteps[0],
    remedy: `Take fewer steps than ${steps}, or a smaller steps_offset than ${stepsOffset}.`,
  });
}

/**
 * Whole timesteps; each step goes back by T / steps timesteps, rounded down, wherever the next timestep lies. (With
 * `trailing` and `linspace` that is not always the next one. diffusers' DDIMScheduler.)
 *
 * @throws {DomainError} when a timestep lies beyond those of training
 */
export function ddimSchedule(options: DdimScheduleOptions): Schedule {
  const { alphasCumprod, steps, alphaToOne } = options;
  const timesteps = wholeTimesteps(options);
  const back = Math.floor(alphasCumprod.length / steps);
  return trainingSchedule(
    alphasCumprod,
    timesteps,
    timesteps.map((t) => t - back),
    alphaToOne ? 1 : alphasCumprod[0],
  );
}
