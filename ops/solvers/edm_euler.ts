import type { Prediction } from "../prediction/prediction.ts";
import { linspace } from "../schedule/grid.ts";
import { isSigmaList } from "../schedule/named_sigmas.ts";
import { linspaceFloat32 } from "../schedule/betas.ts";
import type { NoiseLevel } from "../schedule/noise_level.ts";
import { chainedSchedule, type Schedule } from "../schedule/schedule.ts";
import { unsupported } from "./config_reading.ts";
import { eulerStep } from "./euler.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { Solver, SolverOptions } from "./solver.ts";

const f32 = Math.fround;

/** σ of each step: Karras' with a free ρ, or evenly in ln σ. */
function edmSigmas(config: SchedulerConfig, steps: number): Float64Array {
  const { sigma_min = 0.002, sigma_max = 80, rho = 7, sigma_schedule = "karras" } = config;
  if (sigma_schedule === "exponential") {
    return Float64Array.from(linspaceFloat32(Math.log(sigma_min), Math.log(sigma_max), steps), Math.exp)
      .reverse();
  }
  const low = sigma_min ** (1 / rho), high = sigma_max ** (1 / rho);
  return linspace(0, 1, steps).map((ramp) => (high + ramp * (low - high)) ** rho);
}

/** Karras et al. 2022, table 1, last column: σ itself is the noise level, and the model is told ln(σ)/4. */
function edmSchedule(config: SchedulerConfig, { steps, sigmas }: SolverOptions): Schedule {
  const { sigma_max = 80, sigma_data = 0.5, final_sigmas_type = "zero" } = config;
  const own = isSigmaList(sigmas) ? Float64Array.from(sigmas) : edmSigmas(config, steps);
  const last = final_sigmas_type === "zero" ? 0 : own[own.length - 1];
  const all = (isSigmaList(sigmas) ? own : Float64Array.of(...own, last)).map(f32);
  const level = (sigma: number): NoiseLevel => {
    const variance = f32(f32(sigma * sigma) + f32(sigma_data ** 2));
    return { alpha: 1, sigma, variance, alphaCumprod: f32(1 / f32(f32(sigma * sigma) + 1)) };
  };
  const told = all.subarray(0, -1).map((sigma) => f32(0.25 * f32(Math.log(sigma))));
  return chainedSchedule("exploding", told, all, level, f32(Math.sqrt(sigma_max ** 2 + 1)));
}

/** D(x) = c_skip·x + c_out·F, equation (7). The sign of F is the model's: ε-like, or v-like. */
function edmPrediction(sigmaData: number, sign: 1 | -1): Prediction {
  const x0 = (output: Float32Array, x: Float32Array, { sigma, variance }: NoiseLevel) => {
    const skip = f32(sigmaData ** 2 / variance);
    const out = f32(f32(sign * f32(sigma * f32(sigmaData))) / f32(Math.sqrt(variance)));
    return x.map((value, j) => f32(skip * value) + f32(out * output[j]));
  };
  const epsilon = (output: Float32Array, x: Float32Array, level: NoiseLevel) => {
    const image = x0(output, x, level);
    return x.map((value, j) => f32(value - image[j]) / level.sigma);
  };
  return { x0, epsilon };
}

export const edmEuler: Solver<"edm_euler"> = {
  name: "edm_euler",
  title: "EDM Euler",
  paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, 2022",
  schedulerClass: "EDMEulerScheduler",
  order: 1,
  evaluations: 1,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: false,
  configure(config, _alphasCumprod, options) {
    const { sigma_data = 0.5, prediction_type = "epsilon" } = config;
    if (prediction_type === "sample") {
      throw unsupported(
        "prediction_type",
        "epsilon or v_prediction for the solver edm_euler",
        prediction_type,
      );
    }
    if (options.sigmas && !isSigmaList(options.sigmas)) {
      const remedy = "Say sigma_schedule in the configuration, or give a list of sigmas.";
      throw unsupported(
        "sigma_schedule",
        "what says the sigma schedule of the solver edm_euler",
        options.sigmas,
        remedy,
      );
    }
    const prediction = edmPrediction(sigma_data, prediction_type === "epsilon" ? 1 : -1);
    return { schedule: edmSchedule(config, options), step: eulerStep, limit: { kind: "none" }, prediction };
  },
};
