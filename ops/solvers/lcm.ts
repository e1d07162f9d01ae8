import { DomainError } from "../../errors.ts";
import { CONSISTENCY_DEFAULTS, consistencyLimit, consistencySchedule } from "./consistency_config.ts";
import { flowScheduleOf } from "./flow_family.ts";
import { renoise, renoiseStep } from "./renoise.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;

/** σ_data of the boundary condition, as the paper takes it from consistency models. */
const SIGMA_DATA = 0.5;

/** Luo et al., "Latent Consistency Models", 2023, algorithm 3; c_skip and c_out of its appendix. */
export function lcmStep(timestepScaling: number): SolverStep {
  return ({ timesteps, levels, targets }, { i, x, x0, noise }) => {
    const t = f32(timesteps[i] * timestepScaling);
    const norm = f32(f32(t * t) + SIGMA_DATA ** 2);
    const skip = f32(SIGMA_DATA ** 2 / norm), out = f32(t / f32(Math.sqrt(norm)));
    const denoised = x.map((value, j) => f32(out * x0[j]) + f32(skip * value));
    const isLast = i === levels.length - 1;
    return { prevSample: isLast ? denoised : renoise(denoised, targets[i], noise()), history: [] };
  };
}

export const lcm: Solver<"lcm"> = {
  name: "lcm",
  title: "LCM",
  paper:
    "Luo et al., Latent Consistency Models: Synthesizing High-Resolution Images with Few-Step Inference, 2023",
  schedulerClass: "LCMScheduler",
  comfyName: "lcm",
  order: 1,
  evaluations: 1,
  stochastic: "always",
  takesSigmas: false,
  takesTimesteps: true,
  takesEta: false,
  takesFlow: true,
  flowClass: "FlowMatchLCMScheduler",
  spreadsStrength: true,
  defaults: CONSISTENCY_DEFAULTS,
  configure(config, alphasCumprod, options) {
    const { timestep_scaling = 10 } = config;
    if (config.use_flow_sigmas) {
      if (options.timesteps) {
        const rule = "left out on a schedule of flow matching";
        throw new DomainError({
          doing: "set up the scheduler",
          what: "timesteps",
          rule,
          got: options.timesteps,
        });
      }
      return { schedule: flowScheduleOf(config, options), step: renoiseStep, limit: { kind: "none" } };
    }
    const schedule = consistencySchedule(config, alphasCumprod, options, -1);
    return { schedule, step: lcmStep(timestep_scaling), limit: consistencyLimit(config) };
  },
};
