import { explodingLevel, flowLevel } from "../schedule/noise_level.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { sigmaTable, timestepOf } from "../schedule/sigma_table.ts";
import { twoStageSchedule } from "../schedule/two_stage_schedule.ts";
import { along, derivativeOf } from "./derivative.ts";
import { kDiffusionScheduleOf } from "./k_diffusion_family.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;
const log = (x: number) => f32(Math.log(x));

/** The middle in ln σ of two levels, 0 where one of them is, rounded as torch.lerp: down from the end. */
export function logMiddle(start: number, end: number): number {
  if (start === 0 || end === 0) return 0;
  return f32(Math.exp(f32(log(end) - f32(f32(log(end) - log(start)) * 0.5))));
}

/**
 * Lu et al., "DPM-Solver", 2022, the second-order solver (algorithm 1 with r₁ = ½) in Karras' variables, as k-diffusion's
 * sample_dpm_2: the slope in the middle of the step carries all of it.
 */
export const kdpm2Step: SolverStep = ({ levels, targets }, { i, x, x0, kept }) => {
  const d = derivativeOf(x, x0, levels[i].sigma);
  if (!("sample" in kept)) {
    const prevSample = along(x, d, f32(targets[i].sigma - levels[i].sigma));
    return { prevSample, history: [], ...(targets[i].sigma === 0 ? {} : { kept: { sample: x.slice() } }) };
  }
  const dt = f32(targets[i].sigma - levels[i - 1].sigma);
  return { prevSample: along(kept.sample as Float32Array, d, dt), history: [] };
};

/** Each step with a second evaluation at `middle` of its ends. */
export function middleSchedule(
  base: Schedule,
  alphasCumprod: Float32Array,
  middle: (from: number, to: number) => number,
): Schedule {
  const table = sigmaTable(alphasCumprod);
  const second = (k: number) => {
    const sigma = middle(base.sigmas[k], base.sigmas[k + 1]);
    const timestep = base.space === "flow" ? sigma * alphasCumprod.length : timestepOf(table, sigma);
    return { sigma, timestep: f32(timestep) };
  };
  return twoStageSchedule(base, second, base.space === "flow" ? flowLevel : explodingLevel);
}

export const kdpm2: Solver<"kdpm2"> = {
  name: "kdpm2",
  title: "DPM2",
  paper: "Lu et al., DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling, 2022",
  schedulerClass: "KDPM2DiscreteScheduler",
  comfyName: "dpm_2",
  order: 2,
  evaluations: 2,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  flowClass: null,
  lacks: ["rescale_betas_zero_snr"],
  defaults: { beta_start: 0.00085, beta_end: 0.012 },
  configure(config, alphasCumprod, options) {
    const base = kDiffusionScheduleOf(config, alphasCumprod, options, { roundKarras: true });
    return {
      schedule: middleSchedule(base, alphasCumprod, (from, to) => logMiddle(to, from)),
      step: kdpm2Step,
      limit: { kind: "none" },
    };
  },
};
