import type { Limit } from "../prediction/limit_x0.ts";
import type { Prediction, PredictionType } from "../prediction/prediction.ts";
import type { SigmasChoice } from "../schedule/named_sigmas.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { Kept } from "./solver_state.ts";

/** The stretch of a schedule that noise is drawn for, in its sigmas. A Brownian path needs to know it. */
export interface NoiseInterval {
  readonly from: number;
  readonly to: number;
}

/** Draws standard normal noise of the sample's shape. */
export type NoiseSource = (interval?: NoiseInterval) => Float32Array;

/** What a solver is given for one step. Arrays are float32, [B, C, H, W] flattened, and are not its to change. */
export interface SolverInput {
  /** Which evaluation of the schedule, from 0. */
  readonly i: number;
  /** The sample before the step. */
  readonly x: Float32Array;
  /** What the model said about it. */
  readonly modelOutput: Float32Array;
  /** The predicted clean image, within its limit. */
  readonly x0: Float32Array;
  /** The predicted noise, as the model meant it, before any limit on x₀. Computed when asked for. */
  readonly epsilon: () => Float32Array;
  /** How model outputs are read, for a solver that reads one at another level or combines several first. */
  readonly prediction: Prediction;
  /** Draws standard normal noise, same shape. */
  readonly noise: NoiseSource;
  /** What the solver remembered of earlier steps (as a rule x₀), newest first. */
  readonly history: readonly Float32Array[];
  /** What else it remembered, by name. */
  readonly kept: Kept;
}

/** What comes out: the sample after the step, and the memory for the next. */
export interface SolverOutput {
  readonly prevSample: Float32Array;
  readonly history: readonly Float32Array[];
  /** Left out: nothing. */
  readonly kept?: Kept;
}

/** One step along a schedule: one evaluation of the model. Pure. */
export type SolverStep = (schedule: Schedule, input: SolverInput) => SolverOutput;

/** What a user may choose beside the bundle's configuration. */
export interface SolverOptions {
  readonly steps: number;
  readonly sigmas?: SigmasChoice;
  readonly eta: number;
  /** How many tokens the image has, for a dynamic shift. */
  readonly imageTokens?: number;
  /** Which grid a schedule of flow matching starts from. */
  readonly flowGrid?: "training" | "even";
  /** The timesteps of a distilled model; left out: those of its configuration. */
  readonly timesteps?: readonly number[];
  /** How much of an image is given up that the run starts from; 1: all, or there is none. */
  readonly strength?: number;
}

/** A solver set up for one run. */
export interface ConfiguredSolver {
  readonly schedule: Schedule;
  readonly step: SolverStep;
  readonly limit: Limit;
  /** Left out: the configuration's. */
  readonly predictionType?: PredictionType;
  /** Left out: as the prediction type says. */
  readonly prediction?: Prediction;
}

/** A solver, and how a diffusers scheduler_config.json sets it up. */
export interface Solver<Name extends string = string> {
  readonly name: Name;
  /** As people call it. */
  readonly title: string;
  /** Who, what, when. */
  readonly paper: string;
  /** The `_class_name` that diffusers writes for it. */
  readonly schedulerClass: string;
  /** The fields that tell it from the other solvers of the same class; left out where it is the class' own. */
  readonly schedulerFields?: SchedulerConfig;
  /** ComfyUI's name for it, where there is one. */
  readonly comfyName?: string;
  /** Order of convergence. */
  readonly order: number;
  /** Evaluations of the model from one noise level of the user's schedule to the next. */
  readonly evaluations: 1 | 2;
  /** Whether noise is drawn along the way; for some only where η (or a field of the configuration) asks for it. */
  readonly stochastic: "never" | "optional" | "always";
  /** Whether a sigma schedule can be chosen for it. */
  readonly takesSigmas: boolean;
  /** Whether its timesteps can be given one by one; left out: no. */
  readonly takesTimesteps?: boolean;
  /** Whether η means something to it. */
  readonly takesEta: boolean;
  /** η where nothing is said; left out: 0. */
  readonly defaultEta?: number;
  /** Whether it also walks on the schedules of flow matching. It then honours `use_flow_sigmas` and `flow_shift`. */
  readonly takesFlow: boolean;
  /** Whether it spreads all of its steps over a strength below 1, and does not leave out the first. */
  readonly spreadsStrength?: boolean;
  /** Fields that diffusers' class has not got and that are not to be read for it, though all the others have them. */
  readonly lacks?: readonly (keyof SchedulerConfig)[];
  /** diffusers' defaults of the class where the other classes have other ones. */
  readonly defaults?: SchedulerConfig;
  /** diffusers' class for it in flow matching; null: none. Left out: its own class, which reads `use_flow_sigmas`. */
  readonly flowClass?: string | null;
  /** Reads the fields that diffusers' class has, with that class' defaults; any others are not for it. */
  configure(config: SchedulerConfig, alphasCumprod: Float32Array, options: SolverOptions): ConfiguredSolver;
}
