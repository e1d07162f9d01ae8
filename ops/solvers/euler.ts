import { kDiffusionSchedule } from "../schedule/k_diffusion_schedule.ts";
import { chosenSigmas, supported } from "./config_reading.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;

/** Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022, algorithm 2, no churn. */
export const eulerStep: SolverStep = ({ levels, targets }, { i, x, x0 }) => {
  const sigma = levels[i].sigma;
  const dt = f32(targets[i].sigma - sigma);
  const prevSample = new Float32Array(x.length);
  for (let j = 0; j < x.length; j++) {
    const derivative = f32(f32(x[j] - x0[j]) / sigma);
    prevSample[j] = x[j] + f32(derivative * dt);
  }
  return { prevSample, history: [] };
};

export const euler: Solver<"euler"> = {
  name: "euler",
  schedulerClass: "EulerDiscreteScheduler",
  order: 1,
  takesSigmas: true,
  takesEta: false,
  configure(config, alphasCumprod, { steps, sigmas }) {
    const { timestep_spacing = "linspace", steps_offset = 0, final_sigmas_type = "zero" } = config;
    const { sigma_min, sigma_max, timestep_type = "discrete", prediction_type = "epsilon" } = config;
    supported(config, "interpolation_type", ["linear", undefined]);
    const schedule = kDiffusionSchedule({
      alphasCumprod,
      steps,
      spacing: timestep_spacing,
      stepsOffset: steps_offset,
      sigmas: chosenSigmas(config, sigmas),
      sigmaMin: sigma_min,
      sigmaMax: sigma_max,
      finalSigmas: final_sigmas_type,
      continuousTimesteps: timestep_type === "continuous" && prediction_type === "v_prediction",
    });
    return { schedule, step: eulerStep, limit: { kind: "none" } };
  },
};
