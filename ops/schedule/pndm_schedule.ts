import { wholeTimesteps, type WholeTimestepsOptions } from "./ddim_schedule.ts";
import type { Schedule } from "./schedule.ts";
import { trainingSchedule } from "./training_levels.ts";

export interface PndmScheduleOptions extends WholeTimestepsOptions {
  /** Begin with steps of Runge and Kutta (four evaluations each), and not with one step taken twice. */
  readonly rungeKutta: boolean;
  /** Whether the last step ends at ᾱ = 1 (no noise) and not at the cleanest training step. */
  readonly alphaToOne: boolean;
}

/** Steps of Runge and Kutta at the start: as many as the multistep formula looks back. */
export const RUNGE_KUTTA_STEPS = 3;

export interface PndmSchedule {
  readonly schedule: Schedule;
  /** Evaluations of the Runge–Kutta part, four a step. */
  readonly rungeKutta: number;
}

/**
 * The evaluations of PNDM, one an entry. With Runge–Kutta: t, t − ½, t − ½, t − 1 for each of the first three steps
 * (halves of a step); without: the second timestep twice. Their targets are those of diffusers' PNDMScheduler.
 */
export function pndmSchedule(options: PndmScheduleOptions): PndmSchedule {
  const { alphasCumprod, steps, alphaToOne } = options;
  const even = wholeTimesteps(options);
  const back = Math.floor(alphasCumprod.length / steps), half = Math.floor(back / 2);
  const timesteps: number[] = [], targets: number[] = [];
  const add = (t: number, target: number) => {
    timesteps.push(t);
    targets.push(target);
  };
  if (options.rungeKutta) {
    for (let k = 0; k < RUNGE_KUTTA_STEPS; k++) {
      const t = even[k], middle = even[k + 1] + half, next = even[k + 1];
      add(t, t - half);
      add(middle, middle);
      add(middle, middle - half);
      add(next, next);
    }
  }
  const start = timesteps.length;
  for (let k = options.rungeKutta ? RUNGE_KUTTA_STEPS : 0; k < steps; k++) {
    add(even[k], even[k] - back);
    // Twice: the solver knows that it is to take the first step again.
    if (!options.rungeKutta && k === 1) add(even[k], even[k] - back);
  }
  const finalAlpha = alphaToOne ? 1 : alphasCumprod[0];
  return {
    schedule: trainingSchedule(alphasCumprod, Float64Array.from(timesteps), targets, finalAlpha),
    rungeKutta: start,
  };
}
