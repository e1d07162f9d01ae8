import { ancestralSplit } from "./ancestral_split.ts";
import { addScaled, along, derivativeOf } from "./derivative.ts";
import { kDiffusionScheduleOf } from "./k_diffusion_family.ts";
import { kdpm2Step, logMiddle, middleSchedule } from "./kdpm2.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;

/** {@linkcode kdpm2Step} down to σ_down, then fresh noise up to the next level. k-diffusion's sample_dpm_2_ancestral. */
export const kdpm2AncestralStep: SolverStep = (schedule, input) => {
  const { i, x, x0, kept, noise } = input;
  if (!("sample" in kept)) return kdpm2Step(schedule, input);
  const { levels, targets } = schedule;
  const from = levels[i - 1].sigma, to = targets[i].sigma;
  const { up, down } = ancestralSplit(from, to);
  const d = derivativeOf(x, x0, levels[i].sigma);
  const prevSample = along(kept.sample as Float32Array, d, f32(down - from));
  return { prevSample: addScaled(prevSample, up, noise({ from, to })), history: [] };
};

export const kdpm2Ancestral: Solver<"kdpm2_ancestral"> = {
  name: "kdpm2_ancestral",
  title: "DPM2 ancestral",
  paper: "Lu et al., DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling, 2022",
  schedulerClass: "KDPM2AncestralDiscreteScheduler",
  comfyName: "dpm_2_ancestral",
  order: 1,
  evaluations: 2,
  stochastic: "always",
  takesSigmas: true,
  takesEta: false,
  takesFlow: false,
  lacks: ["rescale_betas_zero_snr"],
  defaults: { beta_start: 0.00085, beta_end: 0.012 },
  configure(config, alphasCumprod, options) {
    const base = kDiffusionScheduleOf(config, alphasCumprod, options, { roundKarras: true });
    // In exact arithmetic the middle in ln σ between σ and σ_down = σ'²/σ is σ', the next level, itself; rounding may
    // leave it above, not below.
    const middle = (from: number, to: number) => Math.max(logMiddle(from, ancestralSplit(from, to).down), to);
    const schedule = middleSchedule(base, alphasCumprod, middle);
    return { schedule, step: kdpm2AncestralStep, limit: { kind: "none" } };
  },
};
