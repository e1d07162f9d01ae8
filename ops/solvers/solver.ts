import type { Limit } from "../prediction/limit_x0.ts";
import type { SigmasName } from "../schedule/named_sigmas.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";

/** What a solver is given for one step. Arrays are float32, [B, C, H, W] flattened, and are not its to change. */
export interface SolverInput {
  /** Which step of the schedule, from 0. */
  readonly i: number;
  /** The sample before the step. */
  readonly x: Float32Array;
  /** The predicted clean image, within its limit. */
  readonly x0: Float32Array;
  /** The predicted noise, as the model meant it, before any limit on x₀. Computed when asked for. */
  readonly epsilon: () => Float32Array;
  /** Draws standard normal noise, same shape. */
  readonly noise: () => Float32Array;
  /** x₀ of earlier steps, newest first. */
  readonly history: readonly Float32Array[];
}

/** What comes out: the sample after the step, and the history for the next. */
export interface SolverOutput {
  readonly prevSample: Float32Array;
  readonly history: readonly Float32Array[];
}

/** One step along a schedule. Pure. */
export type SolverStep = (schedule: Schedule, input: SolverInput) => SolverOutput;

/** What a user may choose beside the bundle's configuration. */
export interface SolverOptions {
  readonly steps: number;
  readonly sigmas?: SigmasName;
  readonly eta: number;
}

/** A solver set up for one run. */
export interface ConfiguredSolver {
  readonly schedule: Schedule;
  readonly step: SolverStep;
  readonly limit: Limit;
}

/** A solver, and how a diffusers scheduler_config.json sets it up. */
export interface Solver<Name extends string = string> {
  readonly name: Name;
  /** The `_class_name` that diffusers writes for it. */
  readonly schedulerClass: string;
  /** Order of convergence. */
  readonly order: number;
  /** Whether a sigma schedule can be chosen for it. */
  readonly takesSigmas: boolean;
  /** Whether η means something to it. */
  readonly takesEta: boolean;
  /** Reads the fields that diffusers' class has, with that class' defaults; any others are not for it. */
  configure(config: SchedulerConfig, alphasCumprod: Float32Array, options: SolverOptions): ConfiguredSolver;
}
