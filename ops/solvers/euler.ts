import { kDiffusionSchedule } from "../schedule/k_diffusion_schedule.ts";
import { chosenSigmas, supported } from "./config_reading.ts";
import { along, derivativeOf } from "./derivative.ts";
import { flowScheduleOf } from "./flow_family.ts";
import type { Solver, SolverStep } from "./solver.ts";

/** Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022, algorithm 2, no churn. */
export const eulerStep: SolverStep = ({ levels, targets }, { i, x, x0 }) => {
  const sigma = levels[i].sigma;
  const dt = Math.fround(targets[i].sigma - sigma);
  return { prevSample: along(x, derivativeOf(x, x0, sigma), dt), history: [] };
};

export const euler: Solver<"euler"> = {
  name: "euler",
  title: "Euler",
  paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, 2022",
  schedulerClass: "EulerDiscreteScheduler",
  comfyName: "euler",
  order: 1,
  evaluations: 1,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  flowClass: "FlowMatchEulerDiscreteScheduler",
  configure(config, alphasCumprod, options) {
    const { timestep_spacing = "linspace", steps_offset = 0, final_sigmas_type = "zero" } = config;
    const { sigma_min, sigma_max, timestep_type = "discrete", prediction_type = "epsilon" } = config;
    const limit = { kind: "none" } as const;
    if (config.use_flow_sigmas) return { schedule: flowScheduleOf(config, options), step: eulerStep, limit };
    supported(config, "interpolation_type", ["linear", undefined]);
    const schedule = kDiffusionSchedule({
      alphasCumprod,
      steps: options.steps,
      spacing: timestep_spacing,
      stepsOffset: steps_offset,
      sigmas: chosenSigmas(config, options.sigmas),
      sigmaMin: sigma_min,
      sigmaMax: sigma_max,
      finalSigmas: final_sigmas_type,
      continuousTimesteps: timestep_type === "continuous" && prediction_type === "v_prediction",
    });
    return { schedule, step: eulerStep, limit };
  },
};
