import { type Shift, shifted, stretched } from "./flow_shift.ts";
import { linspace } from "./grid.ts";
import type { SigmasChoice } from "./named_sigmas.ts";
import { flowLevel } from "./noise_level.ts";
import { chainedSchedule, type Schedule } from "./schedule.ts";
import { sigmaPath } from "./sigma_path.ts";
import { flowLevels } from "./trained_sigmas.ts";

export interface DpmFlowScheduleOptions {
  /** How many timesteps the model was trained with. */
  readonly trainTimesteps: number;
  readonly steps: number;
  readonly shift: Shift;
  /**
   * The grid before it is shifted. `short`: from a timestep short of pure noise, as diffusers' DPM-Solvers have it;
   * `whole`: from (all but) pure noise, as its UniPC has it; `even`: 1, 1 − 1/n, … 1/n, which the pipelines of FLUX ask for.
   */
  readonly grid: "short" | "whole" | "even";
  /** Stretch the schedule so that the last step begins at this level. */
  readonly terminal?: number;
  /** σ after the last step; `repeat`: that before it once more. */
  readonly final: number | "repeat";
  /** Left out: the shifted grid itself. */
  readonly sigmas?: SigmasChoice;
  /** The noise to signal ratios of a variance preserving path to walk on in its place, each as σ / (1 − σ). */
  readonly ratios?: Float64Array;
}

/** How far below 1 the first level stays: pure noise has λ = −∞, from where no step can be measured. */
const LEAST_IMAGE = 1e-6;

function shiftedPath(options: DpmFlowScheduleOptions): Float64Array {
  const { trainTimesteps, steps, shift, grid, terminal } = options;
  const whole = grid === "even" ? linspace(1, 1 / steps, steps) : linspace(1, 1 / trainTimesteps, steps + 1);
  const levels = grid === "short" ? whole.map((u) => 1 - u).reverse() : whole;
  const path = levels.subarray(0, steps).map((u) => shifted(shift, u));
  return terminal === undefined ? path : stretched(path, terminal);
}

/** Whole timesteps and samples (1 − σ)·x₀ + σ·ε: flow matching as diffusers' DPM-Solver family walks it. */
export function dpmFlowSchedule(options: DpmFlowScheduleOptions): Schedule {
  const { trainTimesteps, steps, final, sigmas: choice, ratios } = options;
  let path = ratios ? ratios.map((ratio) => ratio / (ratio + 1)) : shiftedPath(options);
  let last = final === "repeat" ? path[steps - 1] : final;
  if (choice) {
    const range = { min: path[steps - 1], max: path[0] };
    ({ path, final: last } = sigmaPath({
      choice,
      range,
      steps,
      final: last,
      trained: flowLevels(options.shift, trainTimesteps),
    }));
  }
  if (Math.abs(path[0] - 1) < LEAST_IMAGE) path[0] -= LEAST_IMAGE;
  const timesteps = path.map((sigma) => Math.trunc(sigma * trainTimesteps));
  return chainedSchedule("flow", timesteps, Float64Array.of(...path, last).map(Math.fround), flowLevel, 1);
}
