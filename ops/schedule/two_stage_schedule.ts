import type { Schedule } from "./schedule.ts";

/** Where the second evaluation of a step takes place. */
export interface SecondStage {
  readonly sigma: number;
  readonly timestep: number;
}

/**
 * A schedule with two evaluations a step. Steps that end without noise have only their first one: where the second is
 * to take place at σ = 0, no model can be asked.
 *
 * @param second The second evaluation of the step from σ[k] to σ[k + 1].
 * @param level From σ to a noise level.
 */
export function twoStageSchedule(
  { timesteps, sigmas, levels, targets, ...rest }: Schedule,
  second: (k: number) => SecondStage,
  level: (sigma: number) => Schedule["levels"][number],
): Schedule {
  const t: number[] = [], at: number[] = [];
  const starts: Schedule["levels"][number][] = [], ends: Schedule["levels"][number][] = [];
  for (let k = 0; k < levels.length; k++) {
    const { sigma, timestep } = second(k);
    t.push(timesteps[k]);
    at.push(sigmas[k]);
    starts.push(levels[k]);
    ends.push(level(sigma));
    if (sigma === 0) continue;
    t.push(timestep);
    at.push(sigma);
    starts.push(level(sigma));
    ends.push(targets[k]);
  }
  at.push(sigmas[levels.length]);
  return {
    ...rest,
    timesteps: Float64Array.from(t),
    sigmas: Float64Array.from(at),
    levels: starts,
    targets: ends,
  };
}
