/** A solver, a schedule and a prediction type, put together from a bundle's scheduler_config.json. */
import { DomainError } from "../../errors.ts";
import { limitX0 } from "../prediction/limit_x0.ts";
import { predictionOf, type PredictionType } from "../prediction/prediction.ts";
import type { Space } from "../schedule/schedule.ts";
import { startOf } from "../schedule/start_of.ts";
import { trainingAlphasCumprod, unsupported } from "./config_reading.ts";
import {
  DEFAULT_ETA,
  DEFAULT_FLOW_GRID,
  DEFAULT_STRENGTH,
  type SchedulerOptions,
} from "./run_scheduler_options.ts";
import { checkSchedulerOptions } from "./scheduler_options_check.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { NoiseSource } from "./solver.ts";
import { type SolverName, solverOf, SOLVERS } from "./solver_choice.ts";
import { INITIAL_STATE, type Kept, type SolverState } from "./solver_state.ts";

export { type SolverName, SOLVERS };

export {
  DEFAULT_ETA,
  DEFAULT_FLOW_GRID,
  DEFAULT_STRENGTH,
  type SchedulerOptions,
} from "./run_scheduler_options.ts";

const NOTHING: Kept = Object.freeze({});

export interface StepInput {
  /** What the model said at step `i`, after guidance. float32, [B, C, H, W] flattened. */
  readonly modelOutput: Float32Array;
  /** The sample before the step, as it was before {@linkcode Scheduler.scaleModelInput}. Same shape. */
  readonly sample: Float32Array;
  /** Which step, from 0. */
  readonly i: number;
  readonly state: SolverState;
  /** Draws standard normal noise of the sample's shape. Called only by a stochastic solver, as often as diffusers draws. */
  readonly noise: NoiseSource;
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
  readonly space: Space;
  /** What to tell the model at each step, float32 values. One per evaluation. */
  readonly timesteps: Float64Array;
  /**
   * Noise to signal σ/α before each step and after the last, float32 values; infinite where no image is left. In flow
   * matching σ itself.
   */
  readonly sigmas: Float64Array;
  /** What to multiply standard normal noise by to get the first sample. */
  readonly initNoiseSigma: number;
  /** The first step to take: 0, or a later one where a run starts from an image. */
  readonly firstStep: number;
  /** The sample as the model wants it at step `i`: of unit variance. A new array. */
  scaleModelInput(sample: Float32Array, i: number): Float32Array;
  /** The image with as much of the noise as belongs to step `i`, to start from there. A new array. */
  addNoise(image: Float32Array, noise: Float32Array, i: number): Float32Array;
  /** The state before the first step. */
  start(): SolverState;
  /** @throws {DomainError} when the arrays' lengths differ or `i` is not a step */
  step(input: StepInput): StepResult;
}

function predictionTypeOf({ prediction_type }: SchedulerConfig, space: Space): PredictionType {
  const type = prediction_type ?? (space === "flow" ? "flow_prediction" : "epsilon");
  const isFlow = type === "flow_prediction";
  if (type !== "trigflow" && (!isFlow || space === "flow")) return type;
  const remedy = isFlow ? "Models of flow matching have use_flow_sigmas or a FlowMatch class." : undefined;
  throw unsupported("prediction_type", "epsilon, v_prediction or sample on this schedule", type, remedy);
}

/**
 * Puts a scheduler together as diffusers' `Class.from_config(config)` and `set_timesteps(steps)` do: fields that the
 * class has are taken over, whichever class wrote them; the others get its defaults or play no part.
 *
 * @throws {BundleError} when the configuration asks for what is not there, naming the field
 * @throws {DomainError} when an option is out of its range
 */
export function createScheduler(config: SchedulerConfig, options: SchedulerOptions): Scheduler {
  const { solver, config: told } = solverOf(config, options.solver);
  const own: SchedulerConfig = {
    ...solver.defaults,
    ...told,
    ...Object.fromEntries((solver.lacks ?? []).map((field) => [field, undefined])),
  };
  const alphas = trainingAlphasCumprod(own);
  checkSchedulerOptions(solver, options, alphas.length);
  const {
    steps,
    sigmas,
    timesteps: given,
    imageTokens,
    flowGrid = DEFAULT_FLOW_GRID,
    strength = DEFAULT_STRENGTH,
    eta = solver.defaultEta ?? DEFAULT_ETA,
  } = options;
  const configured = solver.configure(own, alphas, {
    steps,
    sigmas,
    timesteps: given,
    imageTokens,
    flowGrid,
    strength,
    eta,
  });
  const { schedule, step, limit } = configured;
  const { space, timesteps, levels, initNoiseSigma } = schedule;
  const firstStep = solver.spreadsStrength
    ? 0
    : startOf({ strength, steps, evaluations: timesteps.length, stages: solver.evaluations });
  const predictionType = configured.predictionType ?? predictionTypeOf(own, space);
  const prediction = configured.prediction ?? predictionOf(predictionType);
  if (predictionType === "epsilon" && levels.some((level) => level.alpha === 0)) {
    const remedy =
      "A sample without any image in it says nothing about the noise to a model that predicts noise.";
    const field = space === "flow" ? "prediction_type" : "rescale_betas_zero_snr";
    const rule = space === "flow"
      ? "flow_prediction for this schedule"
      : "false for this solver where prediction_type is epsilon";
    throw unsupported(field, rule, own[field], remedy);
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
    space,
    timesteps,
    sigmas: schedule.sigmas,
    initNoiseSigma,
    firstStep,
    scaleModelInput(sample: Float32Array, i: number): Float32Array {
      checkStep(i, sample, []);
      const norm = Math.fround(Math.sqrt(levels[i].variance));
      const scaled = new Float32Array(sample.length);
      for (let j = 0; j < scaled.length; j++) scaled[j] = sample[j] / norm;
      return scaled;
    },
    addNoise(image: Float32Array, noise: Float32Array, i: number): Float32Array {
      checkStep(i, image, [["noise", noise]]);
      const { alpha, sigma } = levels[i];
      const noisy = new Float32Array(image.length);
      for (let j = 0; j < noisy.length; j++) {
        noisy[j] = Math.fround(alpha * image[j]) + Math.fround(sigma * noise[j]);
      }
      return noisy;
    },
    start: () => INITIAL_STATE,
    step({ modelOutput, sample, i, state, noise, batch = DEFAULT_BATCH }: StepInput): StepResult {
      const { history, kept = NOTHING } = state;
      const arrays: [string, Float32Array][] = [["modelOutput", modelOutput]];
      for (const values of history) arrays.push(["state.history", values]);
      for (const [name, value] of Object.entries(kept)) {
        if (typeof value !== "number") arrays.push([`state.kept.${name}`, value]);
      }
      checkStep(i, sample, arrays);
      const level = levels[i];
      const x0 = limitX0(limit, prediction.x0(modelOutput, sample, level), batch);
      const epsilon = () => prediction.epsilon(modelOutput, sample, level);
      const input = { i, x: sample, modelOutput, x0, epsilon, prediction, noise, history, kept };
      const { prevSample, ...next } = step(schedule, input);
      return { prevSample, predOriginalSample: x0, state: next };
    },
  });
}
