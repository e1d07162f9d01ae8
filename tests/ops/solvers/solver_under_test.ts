import type { PredictionType } from "../../../ops/prediction/prediction.ts";
import type { SchedulerOptions, SolverName } from "../../../ops/solvers/scheduler.ts";
import type { SchedulerConfig } from "../../../ops/solvers/scheduler_config_type.ts";
import type { Solver } from "../../../ops/solvers/solver.ts";
import type { Space } from "./gaussian_model.ts";

/** What the conformance suite needs to know about a solver. */
export interface SolverUnderTest {
  readonly solver: Solver<SolverName>;
  readonly space: Space;
  /** Recorded sweeps that are its own where several solvers share a class. Left out: all sweeps of its class. */
  readonly sweeps?: readonly string[];
  /** Recorded sweeps of its class that it refuses, and the field that it must name. */
  readonly refuses: Readonly<Record<string, keyof SchedulerConfig>>;
  /** Configurations whose first and last noise level do not depend on the number of steps, and their order. */
  readonly convergence: readonly {
    readonly label: string;
    readonly config: SchedulerConfig;
    readonly order: number;
    /** For which prediction types. Left out: for all that the solver is asked to read. */
    readonly predictions?: readonly PredictionType[];
    /** Noise levels for a number of steps, where the configuration's own end without noise. */
    readonly sigmas?: (steps: number) => number[];
    /** Left out: 25, 50 and 100. */
    readonly steps?: readonly [number, number, number];
    /** Deviations of the data, where at others the leading error all but vanishes. Left out: 0.4 to 1.5. */
    readonly deviations?: readonly [number, number];
    /** The timestep at which the error is measured, where a configuration cannot but end in an uneven step. Left out: the end. */
    readonly until?: number;
    /** How far from the order the slopes may be. Left out: 0.3. */
    readonly margin?: number;
  }[];
  /** A configuration whose last step ends without noise. Left out: none does. */
  readonly noiseFree?: SchedulerConfig;
  /** How far the last step may land from the prediction. Left out: 1e-6. */
  readonly landing?: number;
  /** At which steps it counts alone what a model means. Left out: 0 and 3. */
  readonly meaning?: readonly number[];
  /** What it is asked to read. Left out: flow_prediction in flow matching, else the other three. */
  readonly predictions?: readonly PredictionType[];
  /** Options of every scheduler that the suite makes. */
  readonly options?: Partial<SchedulerOptions>;
  /** Which of our sigmas are to equal which of the recorded ones. Left out: each its own. */
  readonly recordedSigmas?: (ours: number[], recorded: number[]) => [number[], number[]];
  /** Relative L2 of each step's sample to the golden. Left out: 1e-6. Never above 1e-5, with the reason beside it. */
  readonly tolerance?: number;
  /** The same for single sweeps. */
  readonly tolerances?: Readonly<Record<string, number>>;
  /** How much it may matter how a model says what it means, relative L2. Left out: 2e-6. */
  readonly meaningTolerance?: number;
  /** How many evaluations a schedule of so many steps has. Left out: as many as steps. */
  readonly evaluations?: (steps: number) => number;
}

/** The betas of Stable Diffusion. */
export const STABLE_DIFFUSION = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
} as const;

/** From the noisiest to the cleanest noise level of training, evenly in ln σ. */
export const EVEN = {
  ...STABLE_DIFFUSION,
  use_exponential_sigmas: true,
  final_sigmas_type: "sigma_min",
} as const;

/** The same levels, by number: steps + 1 of them, for solvers whose configurations always end without noise. */
export function evenSigmas(steps: number): number[] {
  const max = Math.log(14.6), min = Math.log(0.03);
  return Array.from({ length: steps + 1 }, (_, i) => Math.exp(max + (i / steps) * (min - max)));
}

/** Timesteps 999 down to 0, each step to the next one's beginning. */
export const TRAILING = { ...STABLE_DIFFUSION, timestep_spacing: "trailing", clip_sample: false } as const;

/** diffusers' tables of DPM2 have each level twice, and the middles apart: every other entry is the same as ours. */
export const everyOther = (ours: number[], recorded: number[]): [number[], number[]] => [
  ours.filter((_, i) => i % 2 === 0),
  recorded.filter((_, i) => i % 2 === 0).slice(0, Math.ceil(ours.length / 2)),
];
