import { ancestralSplit } from "./ancestral_split.ts";
import { unsupported } from "./config_reading.ts";
import { addScaled } from "./derivative.ts";
import { kDiffusionScheduleOf } from "./k_diffusion_family.ts";
import { middleSchedule } from "./kdpm2.ts";
import type { Solver, SolverStep } from "./solver.ts";
import { weightedSum } from "./weighted_sum.ts";

const f32 = Math.fround;
const timeOf = (sigma: number) => f32(-f32(Math.log(sigma)));
const sigmaAt = (time: number) => f32(Math.exp(-time));

/** The middle of a step in t = −ln σ. */
function middle(from: number, to: number): number {
  if (to === 0) return 0;
  const t = timeOf(from);
  return sigmaAt(f32(t + f32(f32(timeOf(to) - t) * 0.5)));
}

/**
 * DPM-Solver++(2S) along the SDE, by way of ancestral steps: to the middle, and from the beginning again with what the
 * model says there. Lu et al., "DPM-Solver++", 2022, algorithm 1; noise as k-diffusion's sample_dpmpp_sde.
 */
export const dpmppSdeStep: SolverStep = ({ levels, targets }, { i, x, x0, kept, noise }) => {
  const isSecond = kept.sample instanceof Float32Array;
  const start = kept.sample instanceof Float32Array ? kept.sample : x;
  const sigma = levels[isSecond ? i - 1 : i].sigma, next = targets[i].sigma;
  if (next === 0) {
    const prevSample = x.map((value, j) => value + f32(f32(f32(value - x0[j]) / sigma) * -sigma));
    return { prevSample, history: [] };
  }
  // Through t and back, as diffusers goes: the noise must be asked for at the same σ to the bit.
  const from = sigmaAt(timeOf(sigma)), to = sigmaAt(timeOf(next));
  const { up, down } = ancestralSplit(from, to);
  const ancestral = timeOf(down);
  const decay = f32(Math.expm1(f32(timeOf(sigma) - ancestral)));
  const mean = weightedSum([f32(sigmaAt(ancestral) / from), start], [-decay, x0]);
  const prevSample = addScaled(mean, up, noise({ from, to }));
  return { prevSample, history: [], ...(isSecond ? {} : { kept: { sample: x.slice() } }) };
};

export const dpmppSde: Solver<"dpmpp_sde"> = {
  name: "dpmpp_sde",
  title: "DPM++ SDE",
  paper: "Lu et al., DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models, 2022",
  schedulerClass: "DPMSolverSDEScheduler",
  comfyName: "dpmpp_sde",
  order: 2,
  evaluations: 2,
  stochastic: "always",
  takesSigmas: true,
  takesEta: false,
  takesFlow: false,
  lacks: ["rescale_betas_zero_snr"],
  defaults: { beta_start: 0.00085, beta_end: 0.012 },
  configure(config, alphasCumprod, options) {
    if (config.noise_sampler_seed !== undefined) {
      const remedy = "The seed of the run is the seed of all its noise.";
      throw unsupported("noise_sampler_seed", "null", config.noise_sampler_seed, remedy);
    }
    const base = kDiffusionScheduleOf(config, alphasCumprod, options);
    return {
      schedule: middleSchedule(base, alphasCumprod, middle),
      step: dpmppSdeStep,
      limit: { kind: "none" },
    };
  },
};
