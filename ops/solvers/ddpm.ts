import type { Limit } from "../prediction/limit_x0.ts";
import { ddpmSchedule } from "../schedule/ddpm_schedule.ts";
import type { NoiseLevel } from "../schedule/noise_level.ts";
import { thresholdOf, unsupported } from "./config_reading.ts";
import { addScaled } from "./derivative.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;
const sqrt = (x: number) => f32(Math.sqrt(x));

/** How much noise is added: the posterior's variance, or the forward process' own, the least and the most there can be. */
export const VARIANCE_TYPES = ["fixed_small", "fixed_small_log", "fixed_large"] as const;
export type VarianceType = (typeof VARIANCE_TYPES)[number];

/** The noise's deviation σ_t, section 3.2. */
function deviation(type: VarianceType, betaTilde: number, beta: number): number {
  const least = Math.max(betaTilde, f32(1e-20));
  switch (type) {
    case "fixed_small":
      return sqrt(least);
    case "fixed_small_log":
      return f32(Math.exp(f32(0.5 * f32(Math.log(least)))));
    case "fixed_large":
      return sqrt(beta);
    default:
      return type satisfies never;
  }
}

/** β_t and the factors of μ̃_t(x_t, x₀), equation (7), for a step over several timesteps. ᾱ as in the paper. */
function posterior({ alphaCumprod: alphaBar }: NoiseLevel, { alphaCumprod: alphaBarPrev }: NoiseLevel) {
  const alpha = f32(alphaBar / alphaBarPrev), beta = f32(1 - alpha);
  const noise = f32(1 - alphaBar), noisePrev = f32(1 - alphaBarPrev);
  return {
    beta,
    betaTilde: f32(f32(noisePrev / noise) * beta),
    towardsX0: f32(f32(sqrt(alphaBarPrev) * beta) / noise),
    towardsX: f32(f32(sqrt(alpha) * noisePrev) / noise),
  };
}

/** Ho, Jain & Abbeel, "Denoising Diffusion Probabilistic Models", 2020, algorithm 2. */
export function ddpmStep(variance: VarianceType): SolverStep {
  return ({ levels, targets, timesteps }, { i, x, x0, noise }) => {
    const { beta, betaTilde, towardsX0, towardsX } = posterior(levels[i], targets[i]);
    const prevSample = x.map((value, j) => f32(towardsX0 * x0[j]) + f32(towardsX * value));
    // The last timestep of all, 0, adds none; a schedule with an offset does not come to it.
    if (timesteps[i] > 0) addScaled(prevSample, deviation(variance, betaTilde, beta), noise());
    return { prevSample, history: [] };
  };
}

export const ddpm: Solver<"ddpm"> = {
  name: "ddpm",
  title: "DDPM",
  paper: "Ho, Jain & Abbeel, Denoising Diffusion Probabilistic Models, 2020",
  schedulerClass: "DDPMScheduler",
  comfyName: "ddpm",
  order: 1,
  evaluations: 1,
  stochastic: "always",
  takesSigmas: false,
  takesEta: false,
  takesFlow: false,
  configure(config, alphasCumprod, { steps }) {
    const { timestep_spacing = "leading", steps_offset = 0, variance_type = "fixed_small" } = config;
    const { clip_sample = true, clip_sample_range = 1 } = config;
    const variance = VARIANCE_TYPES.find((type) => type === variance_type);
    if (!variance) {
      throw unsupported(
        "variance_type",
        `one of ${VARIANCE_TYPES.join(", ")} for the solver ddpm`,
        variance_type,
      );
    }
    const schedule = ddpmSchedule({
      alphasCumprod,
      steps,
      spacing: timestep_spacing,
      stepsOffset: steps_offset,
    });
    const clip: Limit = clip_sample ? { kind: "clip", range: clip_sample_range } : { kind: "none" };
    return { schedule, step: ddpmStep(variance), limit: thresholdOf(config, clip) };
  },
};
