import { DomainError } from "../../errors.ts";
import { type NoiseLevel, preservingLevel } from "../schedule/noise_level.ts";
import { pndmSchedule, RUNGE_KUTTA_STEPS } from "../schedule/pndm_schedule.ts";
import { adamsBashforth } from "./adams_bashforth.ts";
import { unsupported } from "./config_reading.ts";
import { transfer } from "./linear_transfer.ts";
import type { Solver, SolverInput, SolverOutput, SolverStep } from "./solver.ts";

const f32 = Math.fround;

export interface PndmOptions {
  /** ᾱ_t of training. */
  readonly alphasCumprod: Float32Array;
  /** How many timesteps a step goes back. */
  readonly back: number;
  /** How many evaluations belong to steps of Runge and Kutta. */
  readonly rungeKutta: number;
}

/** What each of the four evaluations of a Runge–Kutta step counts for. */
const RUNGE_KUTTA_WEIGHTS = [f32(1 / 6), f32(1 / 3), f32(1 / 3), f32(1 / 6)];

/** Liu et al. 2022, equation (13): every evaluation starts over from the step's beginning, the last takes the mean. */
const rungeKuttaStep: SolverStep = (
  { levels, targets },
  { i, x, modelOutput, prediction, history, kept },
) => {
  const stage = i % 4, weight = RUNGE_KUTTA_WEIGHTS[stage];
  const sample = stage === 0 ? x.slice() : kept.sample as Float32Array;
  const before = stage === 0 ? undefined : kept.sum as Float32Array;
  const sum = modelOutput.map((output, j) => f32((before?.[j] ?? 0) + f32(weight * output)));
  const from = levels[i - stage];
  const epsilon = prediction.epsilon(stage === 3 ? sum : modelOutput, sample, from);
  const prevSample = transfer(sample, epsilon, from, targets[i]);
  const next = stage === 0 ? [modelOutput.slice(), ...history].slice(0, RUNGE_KUTTA_STEPS) : history;
  return { prevSample, history: next, ...(stage === 3 ? {} : { kept: { sample, sum } }) };
};

/**
 * Liu et al., "Pseudo Numerical Methods for Diffusion Models on Manifolds", 2022, algorithm 2 (F-PNDM), and its variant
 * without Runge–Kutta steps, which takes the first step a second time with the mean of both its ends (PLMS).
 */
export function pndmStep({ alphasCumprod, back, rungeKutta }: PndmOptions): SolverStep {
  /** The first step once more: from its beginning, with the mean of what the model said at both ends. */
  function again(t: number, input: SolverInput, target: NoiseLevel): SolverOutput {
    const { modelOutput, prediction, history, kept } = input;
    const sample = kept.sample as Float32Array, from = preservingLevel(alphasCumprod[t + back]);
    const mean = modelOutput.map((output, j) => f32(output + history[0][j]) / 2);
    return { prevSample: transfer(sample, prediction.epsilon(mean, sample, from), from, target), history };
  }
  return (schedule, input) => {
    const { i, x, modelOutput, prediction, history, kept } = input;
    if (i < rungeKutta) return rungeKuttaStep(schedule, input);
    const { levels, targets, timesteps } = schedule;
    // As in diffusers the second evaluation ends where it takes place, whichever step a run began with.
    if ("sample" in kept) return again(timesteps[i], input, levels[i]);
    const outputs = [modelOutput.slice(), ...history].slice(0, 4);
    const epsilon = prediction.epsilon(adamsBashforth(outputs), x, levels[i]);
    const prevSample = transfer(x, epsilon, levels[i], targets[i]);
    const isFirst = history.length === 0 && i < levels.length - 1;
    return { prevSample, history: outputs.slice(0, 3), ...(isFirst ? { kept: { sample: x.slice() } } : {}) };
  };
}

export const pndm: Solver<"pndm"> = {
  name: "pndm",
  title: "PNDM",
  paper: "Liu et al., Pseudo Numerical Methods for Diffusion Models on Manifolds, 2022",
  schedulerClass: "PNDMScheduler",
  // The multistep formula is of the fourth, the transfer between levels of the second (the paper, theorem 3.2).
  order: 2,
  evaluations: 1,
  stochastic: "never",
  takesSigmas: false,
  takesEta: false,
  takesFlow: false,
  lacks: ["rescale_betas_zero_snr"],
  configure(config, alphasCumprod, { steps }) {
    const { timestep_spacing = "leading", steps_offset = 0, set_alpha_to_one = false } = config;
    const { skip_prk_steps = false, prediction_type = "epsilon" } = config;
    if (prediction_type === "sample") {
      throw unsupported("prediction_type", "epsilon or v_prediction for the solver pndm", prediction_type);
    }
    if (!skip_prk_steps && steps <= RUNGE_KUTTA_STEPS) {
      throw new DomainError({
        doing: "set up the scheduler",
        what: "steps",
        rule: `at least ${RUNGE_KUTTA_STEPS + 1} where skip_prk_steps in the configuration is false`,
        got: steps,
      });
    }
    const { schedule, rungeKutta } = pndmSchedule({
      alphasCumprod,
      steps,
      spacing: timestep_spacing,
      stepsOffset: steps_offset,
      rungeKutta: !skip_prk_steps,
      alphaToOne: set_alpha_to_one,
    });
    const back = Math.floor(alphasCumprod.length / steps);
    return { schedule, step: pndmStep({ alphasCumprod, back, rungeKutta }), limit: { kind: "none" } };
  },
};
