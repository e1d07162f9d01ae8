import { ancestralSplit } from "./ancestral_split.ts";
import { addScaled, along, derivativeOf } from "./derivative.ts";
import { kDiffusionScheduleOf } from "./k_diffusion_family.ts";
import type { Solver, SolverStep } from "./solver.ts";

/** Euler down to σ_down, then fresh noise up to the next level. Song et al. 2021 (SDE), as k-diffusion has it. */
export const eulerAncestralStep: SolverStep = ({ levels, targets }, { i, x, x0, noise }) => {
  const from = levels[i].sigma, to = targets[i].sigma;
  const { up, down } = ancestralSplit(from, to);
  const prevSample = along(x, derivativeOf(x, x0, from), Math.fround(down - from));
  return { prevSample: addScaled(prevSample, up, noise({ from, to })), history: [] };
};

export const eulerAncestral: Solver<"euler_ancestral"> = {
  name: "euler_ancestral",
  title: "Euler ancestral",
  paper: "Song et al., Score-Based Generative Modeling through Stochastic Differential Equations, 2021",
  schedulerClass: "EulerAncestralDiscreteScheduler",
  comfyName: "euler_ancestral",
  order: 1,
  evaluations: 1,
  stochastic: "always",
  takesSigmas: true,
  takesEta: false,
  takesFlow: false,
  lacks: ["use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"],
  configure: (config, alphasCumprod, options) => ({
    schedule: kDiffusionScheduleOf(config, alphasCumprod, options),
    step: eulerAncestralStep,
    limit: { kind: "none" },
  }),
};
