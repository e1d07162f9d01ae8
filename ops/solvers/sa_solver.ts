import { lambdaStep, stepsToLookBack } from "../schedule/lambda_step.ts";
import { logSnr, type NoiseLevel } from "../schedule/noise_level.ts";
import { supported, thresholdOf } from "./config_reading.ts";
import {
  type DpmFamily,
  dpmFamilySchedule,
  orderUpTo,
  withNoiseLeft,
  withoutLearnedVariance,
} from "./dpm_family_config.ts";
import { exponentialLagrange } from "./exponential_lagrange.ts";
import { impliedEpsilon } from "./implied_epsilon.ts";
import type { Solver, SolverStep } from "./solver.ts";
import { type Term, weightedSum } from "./weighted_sum.ts";

const f32 = Math.fround;

export interface SaSolverOptions {
  readonly predictorOrder: number;
  readonly correctorOrder: number;
  /** Whether the predicted noise is integrated; otherwise the predicted image. */
  readonly isOfNoise: boolean;
  /** Whether the predicted image is limited; the noise then follows from it. */
  readonly isLimited: boolean;
  /** Whether the last steps look back no further than there are steps to go. */
  readonly lowerOrderFinal: boolean;
}

/** τ, how much noise is added: all that the reverse SDE has between two timesteps, none elsewhere. diffusers' default. */
const tauAt = (timestep: number) => timestep >= 200 && timestep <= 800 ? 1 : 0;

/** Xue et al., "SA-Solver: Stochastic Adams Solver for Fast Sampling of Diffusion Models", 2023, algorithm 1. */
export function saSolverStep(options: SaSolverOptions): SolverStep {
  const { predictorOrder, correctorOrder, isOfNoise, isLimited, lowerOrderFinal } = options;

  /** From s to t, with the integrand m[k] known at λ[k]: predictor and corrector alike. */
  function update(
    s: NoiseLevel,
    t: NoiseLevel,
    tau: number,
    x: Float32Array,
    z: Float32Array,
    lambdas: readonly number[],
    m: readonly Float32Array[],
  ): Float32Array {
    const h = lambdaStep(s, t), c = 1 + tau ** 2;
    const weights = exponentialLagrange(lambdas, logSnr(s), logSnr(t), isOfNoise ? -1 : c);
    if (lambdas.length === 2 && !isOfNoise) {
      // Beyond the paper, in its code: h²/2 for the second integral, equal to it up to h³. Helps with few steps.
      const more = (h ** 2 / 2 - (h * c - 1 + Math.exp(-c * h)) / c ** 2) / (lambdas[0] - lambdas[1]);
      weights[0] += more;
      weights[1] -= more;
    }
    const scale = isOfNoise ? -c * t.sigma : c * t.alpha;
    const terms = m.map((each, k): Term => [f32(scale * weights[k]), each]);
    if (isOfNoise) {
      const spread = tau * t.sigma * Math.sqrt(Math.expm1(2 * h));
      return weightedSum([f32(t.alpha / s.alpha), x], ...terms, [f32(spread), z]);
    }
    const spread = t.sigma * Math.sqrt(-Math.expm1(-2 * tau ** 2 * h));
    return weightedSum([f32(Math.exp(-(tau ** 2) * h) * (t.sigma / s.sigma)), x], ...terms, [f32(spread), z]);
  }

  return ({ levels, targets, timesteps, sigmas }, { i, x, x0, epsilon, noise, history, kept }) => {
    const m = !isOfNoise ? x0 : isLimited ? impliedEpsilon(x, x0, levels[i]) : epsilon();
    const known = [m, ...history], lambdas = known.map((_, k) => logSnr(levels[i - k]));
    const { lastSample, lastNoise, lastOrder } = kept;
    const wasStep = i > 0 && lambdaStep(levels[i - 1], levels[i]) > 0;
    let corrected = x;
    if (wasStep && lastSample instanceof Float32Array && lastNoise instanceof Float32Array) {
      const tau = tauAt(timesteps[i - 1]), order = Number(lastOrder);
      const past = [lambdas.slice(0, order), known.slice(0, order)] as const;
      corrected = update(levels[i - 1], levels[i], tau, lastSample, lastNoise, ...past);
    }

    // Drawn whether it is used or not, as diffusers does, so that the same seed gives the same run.
    const z = noise({ from: sigmas[i], to: sigmas[i + 1] });
    const left = lowerOrderFinal ? levels.length - i : Infinity;
    const looksBack = stepsToLookBack(levels, i, history.length);
    const taken = Math.min(predictorOrder, left, looksBack + 1);
    const s = levels[i], t = targets[i], past = [lambdas.slice(0, taken), known.slice(0, taken)] as const;
    const prevSample = t.sigma === 0 ? x0.slice() : update(s, t, tauAt(timesteps[i]), corrected, z, ...past);
    const next = Math.min(correctorOrder, left + 1, looksBack + 2);
    return {
      prevSample,
      history: known.slice(0, Math.max(predictorOrder, correctorOrder - 1)),
      kept: { lastSample: corrected, lastNoise: z, lastOrder: next },
    };
  };
}

const FAMILY: DpmFamily = { end: "last", spaces: true, clipsLambda: true, takesLu: false };

export const saSolver: Solver<"sa_solver"> = {
  name: "sa_solver",
  title: "SA-Solver",
  paper: "Xue et al., SA-Solver: Stochastic Adams Solver for Fast Sampling of Diffusion Models, 2023",
  schedulerClass: "SASolverScheduler",
  comfyName: "sa_solver",
  order: 2,
  evaluations: 1,
  stochastic: "always",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  lacks: ["rescale_betas_zero_snr"],
  configure(config, alphasCumprod, options) {
    const { lower_order_final = true, algorithm_type = "data_prediction" } = config;
    const predictorOrder = orderUpTo(config, "predictor_order", [1, 2, 3, 4]);
    const correctorOrder = orderUpTo(config, "corrector_order", [1, 2, 3, 4]);
    if (algorithm_type !== "noise_prediction") {
      supported(config, "algorithm_type", ["data_prediction", undefined]);
    }
    supported(config, "tau_func", [undefined]);
    withoutLearnedVariance(config);
    const schedule = dpmFamilySchedule(config, alphasCumprod, options, FAMILY);
    const isOfNoise = algorithm_type === "noise_prediction";
    if (isOfNoise) withNoiseLeft(schedule, algorithm_type);
    const limit = thresholdOf(config), isLimited = limit.kind !== "none";
    const orders = { predictorOrder, correctorOrder };
    const step = saSolverStep({ ...orders, isOfNoise, isLimited, lowerOrderFinal: lower_order_final });
    return { schedule, step, limit };
  },
};
