import { preservingLevel } from "./noise_level.ts";
import type { Schedule } from "./schedule.ts";

/**
 * A schedule over whole timesteps of training, variance preserving.
 *
 * @param alphasCumprod ᾱ_t of training.
 * @param timesteps Where each evaluation takes place.
 * @param targets Where its step ends; below 0: at `finalAlpha`.
 * @param finalAlpha ᾱ after the last step: 1 where no noise is left.
 */
export function trainingSchedule(
  alphasCumprod: Float32Array,
  timesteps: Float64Array,
  targets: ArrayLike<number>,
  finalAlpha: number,
): Schedule {
  const levels = Array.from(timesteps, (t) => preservingLevel(alphasCumprod[t]));
  const ends = Array.from(targets, (t) => preservingLevel(t >= 0 ? alphasCumprod[t] : finalAlpha));
  const sigmas = Float64Array.from([...levels, ends[ends.length - 1]], ({ alpha, sigma }) => sigma / alpha);
  return { space: "preserving", timesteps, sigmas, levels, targets: ends, initNoiseSigma: 1 };
}
