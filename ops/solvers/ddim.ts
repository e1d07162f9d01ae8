import type { Limit } from "../prediction/limit_x0.ts";
import { ddimSchedule } from "../schedule/ddim_schedule.ts";
import { thresholdOf } from "./config_reading.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;
const sqrt = (x: number) => f32(Math.sqrt(x));

/** Song, Meng & Ermon, "Denoising Diffusion Implicit Models", 2021, equations (12) and (16). α is the paper's, ᾱ. */
export function ddimStep(eta: number): SolverStep {
  return ({ levels, targets }, { i, x0, epsilon, noise }) => {
    const alpha = levels[i].alphaCumprod, alphaPrev = targets[i].alphaCumprod;
    const variance = f32(f32(f32(1 - alphaPrev) / f32(1 - alpha)) * f32(1 - f32(alpha / alphaPrev)));
    const sigma = f32(f32(eta) * sqrt(variance));
    const towardsX0 = sqrt(alphaPrev), towardsX = sqrt(f32(f32(1 - alphaPrev) - f32(sigma * sigma)));

    const eps = epsilon();
    const prevSample = new Float32Array(x0.length);
    for (let j = 0; j < x0.length; j++) prevSample[j] = f32(towardsX0 * x0[j]) + f32(towardsX * eps[j]);
    if (eta > 0) {
      const z = noise();
      for (let j = 0; j < x0.length; j++) prevSample[j] += f32(sigma * z[j]);
    }
    return { prevSample, history: [] };
  };
}

export const ddim: Solver<"ddim"> = {
  name: "ddim",
  title: "DDIM",
  paper: "Song, Meng & Ermon, Denoising Diffusion Implicit Models, 2021",
  comfyName: "ddim",
  schedulerClass: "DDIMScheduler",
  order: 1,
  takesSigmas: false,
  takesEta: true,
  evaluations: 1,
  stochastic: "optional",
  takesFlow: false,
  configure(config, alphasCumprod, { steps, eta }) {
    const { timestep_spacing = "leading", steps_offset = 0, set_alpha_to_one = true } = config;
    const { clip_sample = true, clip_sample_range = 1 } = config;
    const schedule = ddimSchedule({
      alphasCumprod,
      steps,
      spacing: timestep_spacing,
      stepsOffset: steps_offset,
      alphaToOne: set_alpha_to_one,
    });
    const clip: Limit = clip_sample ? { kind: "clip", range: clip_sample_range } : { kind: "none" };
    return { schedule, step: ddimStep(eta), limit: thresholdOf(config, clip) };
  },
};
