/** A solver, a schedule and a prediction type, put together from a bundle's scheduler_config.json. */
import { DomainError } from "../../errors.ts";
import { didYouMean } from "../../nearest_name.ts";
import { limitX0 } from "../prediction/limit_x0.ts";
import { predictEpsilon, type PredictionType, predictX0 } from "../prediction/prediction.ts";
import { SIGMAS_NAMES, type SigmasName } from "../schedule/named_sigmas.ts";
import { trainingAlphasCumprod, unsupported } from "./config_reading.ts";
import { ddim } from "./ddim.ts";
import { dpmpp2m } from "./dpmpp_2m.ts";
import { euler } from "./euler.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { Solver } from "./solver.ts";
import { INITIAL_STATE, type SolverState } from "./solver_state.ts";

/** Every solver there is. A new one is a file and its name in this list. */
export const SOLVERS = [ddim, euler, dpmpp2m] as const;
export type SolverName = (typeof SOLVERS)[number]["name"];

export interface SchedulerOptions {
  /** Left out: the one that the configuration's `_class_name` names. */
  readonly solver?: SolverName;
  /** Evaluations of the model, at least 1 and at most as many as it has training timesteps. */
  readonly steps: number;
  /** Left out: what the configuration asks for. */
  readonly sigmas?: SigmasName;
  /** DDIM's η: 0 adds no noise, 1 as much as DDPM. @default {0} */
  readonly eta?: number;
}
export const DEFAULT_ETA = 0;

export interface StepInput {
  /** What the model said at step `i`, after guidance. float32, [B, C, H, W] flattened. */
  readonly modelOutput: Float32Array;
  /** The sample before the step, as it was before {@linkcode Scheduler.scaleModelInput}. Same shape. */
  readonly sample: Float32Array;
  /** Which step, from 0. */
  readonly i: number;
  readonly state: SolverState;
  /** Draws standard normal noise of the sample's shape. Called at most once, and only by a stochastic solver. */
  readonly noise: () => Float32Array;
  /** How many images the sample holds; matters only to dynamic thresholding. @default {1} */
  readonly batch?: number;
}
export const DEFAULT_BATCH = 1;

export interface StepResult {
  /** The sample after the step. float32, same shape, a new array. */
  readonly prevSample: Float32Array;
  /** The clean image as predicted at this step, for previews. Also part of the next state: not to be changed. */
  readonly predOriginalSample: Float32Array;
  readonly state: SolverState;
}

/** Everything that the sampling loop asks of a scheduler. Holds no state and changes none of its arguments. */
export interface Scheduler {
  readonly solver: SolverName;
  readonly predictionType: PredictionType;
  /** What to tell the model at each step, float32 values. One per evaluation. */
  readonly timesteps: Float64Array;
  /** Noise to signal σ/α before each step and after the last, float32 values; infinite where no image is left. */
  readonly sigmas: Float64Array;
  /** What to multiply standard normal noise by to get the first sample. */
  readonly initNoiseSigma: number;
  /** The sample as the model wants it at step `i`: of unit variance. A new array. */
  scaleModelInput(sample: Float32Array, i: number): Float32Array;
  /** The state before the first step. */
  start(): SolverState;
  /** @throws {DomainError} when the arrays' lengths differ or `i` is not a step */
  step(input: StepInput): StepResult;
}

function named<T extends { readonly name: string }>(what: string, items: readonly T[], name: string): T {
  const item = items.find((each) => each.name === name);
  if (item) return item;
  const names = items.map((each) => each.name);
  throw new DomainError({
    doing: "set up the scheduler",
    what,
    rule: `one of ${names.join(", ")}`,
    got: name,
    remedy: didYouMean(String(name), names),
  });
}

function solverOf(config: SchedulerConfig, name: SolverName | undefined): Solver<SolverName> {
  const className = config._class_name ?? "";
  const classes = SOLVERS.map((solver) => solver.schedulerClass).join(", ");
  if (className.includes("Flow")) {
    throw unsupported(
      "_class_name",
      `one of ${classes}`,
      className,
      "Flow matching is not among the schedules.",
    );
  }
  if (name !== undefined) return named("the solver", SOLVERS, name);
  const solver = SOLVERS.find((each) => each.schedulerClass === className);
  if (solver) return solver;
  const remedy = `Name a solver instead: ${SOLVERS.map((each) => each.name).join(", ")}.`;
  throw unsupported("_class_name", `one of ${classes}`, config._class_name, remedy);
}

function checkOptions(
  solver: Solver,
  { steps, sigmas, eta = DEFAULT_ETA }: SchedulerOptions,
  most: number,
): void {
  const doing = "set up the scheduler";
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= most)) {
    throw new DomainError({ doing, what: "steps", rule: `a whole number from 1 to ${most}`, got: steps });
  }
  if (!(eta >= 0 && eta <= 1)) {
    throw new DomainError({ doing, what: "eta", rule: "a number from 0 to 1", got: eta });
  }
  if (eta > 0 && !solver.takesEta) {
    throw new DomainError({ doing, what: "eta", rule: `0 for the solver ${solver.name}`, got: eta });
  }
  if (sigmas === undefined) return;
  named("sigmas", SIGMAS_NAMES.map((name) => ({ name })), sigmas);
  if (!solver.takesSigmas) {
    throw new DomainError({
      doing,
      what: "sigmas",
      rule: `left out for the solver ${solver.name}`,
      got: sigmas,
    });
  }
}

/**
 * Puts a scheduler together as diffusers' `Class.from_config(config)` and `set_timesteps(steps)` do: fields that the
 * class has are taken over, whichever class wrote them; the others get its defaults or play no part.
 *
 * @throws {BundleError} when the configuration asks for what is not there, naming the field
 * @throws {DomainError} when an option is out of its range
 */
export function createScheduler(config: SchedulerConfig, options: SchedulerOptions): Scheduler {
  const solver = solverOf(config, options.solver);
  const predictionType = config.prediction_type ?? "epsilon";
  const alphas = trainingAlphasCumprod(config);
  checkOptions(solver, options, alphas.length);
  const { steps, sigmas, eta = DEFAULT_ETA } = options;
  const { schedule, step, limit } = solver.configure(config, alphas, { steps, sigmas, eta });
  const { timesteps, levels, initNoiseSigma } = schedule;
  if (predictionType === "epsilon" && levels.some((level) => level.alpha === 0)) {
    const remedy =
      "A sample without any image in it says nothing about the noise to a model that predicts noise.";
    throw unsupported(
      "rescale_betas_zero_snr",
      "false for this solver where prediction_type is epsilon",
      true,
      remedy,
    );
  }

  function checkStep(
    i: number,
    sample: Float32Array,
    others: readonly (readonly [string, Float32Array])[],
  ): void {
    const doing = "take a step";
    if (!(i in levels)) {
      throw new DomainError({
        doing,
        what: "i",
        rule: `a whole number from 0 to ${levels.length - 1}`,
        got: i,
      });
    }
    for (const [what, { length }] of others) {
      if (length !== sample.length) {
        throw new DomainError({ doing, what, rule: `of the sample's length, ${sample.length}`, got: length });
      }
    }
  }

  return Object.freeze({
    solver: solver.name,
    predictionType,
    timesteps,
    sigmas: schedule.sigmas,
    initNoiseSigma,
    scaleModelInput(sample: Float32Array, i: number): Float32Array {
      checkStep(i, sample, []);
      const norm = Math.fround(Math.sqrt(levels[i].variance));
      const scaled = new Float32Array(sample.length);
      for (let j = 0; j < scaled.length; j++) scaled[j] = sample[j] / norm;
      return scaled;
    },
    start: () => INITIAL_STATE,
    step({ modelOutput, sample, i, state, noise, batch = DEFAULT_BATCH }: StepInput): StepResult {
      checkStep(i, sample, [
        ["modelOutput", modelOutput],
        ...state.history.map((x0) => ["state.history", x0] as const),
      ]);
      const level = levels[i];
      const x0 = limitX0(limit, predictX0(predictionType, modelOutput, sample, level), batch);
      const epsilon = () => predictEpsilon(predictionType, modelOutput, sample, level);
      const { prevSample, history } = step(schedule, {
        i,
        x: sample,
        x0,
        epsilon,
        noise,
        history: state.history,
      });
      return { prevSample, predOriginalSample: x0, state: { history } };
    },
  });
}
