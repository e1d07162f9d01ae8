import type { Limit } from "../prediction/limit_x0.ts";
import { explodingLevel, flowLevel } from "../schedule/noise_level.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { sigmaTable, timestepOf } from "../schedule/sigma_table.ts";
import { twoStageSchedule } from "../schedule/two_stage_schedule.ts";
import { along, derivativeOf } from "./derivative.ts";
import { kDiffusionScheduleOf } from "./k_diffusion_family.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;

/** Karras et al., "Elucidating the Design Space …", 2022, algorithm 1: Euler's step, then again with the mean slope. */
export const heunStep: SolverStep = ({ levels, targets }, { i, x, x0, kept }) => {
  const d = derivativeOf(x, x0, levels[i].sigma);
  if (!("sample" in kept)) {
    const dt = f32(targets[i].sigma - levels[i].sigma);
    const prevSample = along(x, d, dt);
    return { prevSample, history: [], ...(targets[i].sigma === 0 ? {} : { kept: { sample: x.slice(), d } }) };
  }
  const first = kept.d as Float32Array;
  const mean = d.map((slope, j) => f32(first[j] + slope) / 2);
  const dt = f32(levels[i].sigma - levels[i - 1].sigma);
  return { prevSample: along(kept.sample as Float32Array, mean, dt), history: [] };
};

/** Each level but the first twice: as the end of one step and as the beginning of the next. */
export function heunSchedule(base: Schedule, timestepAt: (sigma: number) => number): Schedule {
  const { timesteps, sigmas } = base;
  const end = sigmas[timesteps.length];
  const next = (k: number) => timesteps[k + 1] ?? (end > 0 ? timestepAt(end) : 0);
  const second = (k: number) => ({ sigma: sigmas[k + 1], timestep: next(k) });
  return twoStageSchedule(base, second, base.space === "flow" ? flowLevel : explodingLevel);
}

export const heun: Solver<"heun"> = {
  name: "heun",
  title: "Heun",
  paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, 2022",
  schedulerClass: "HeunDiscreteScheduler",
  comfyName: "heun",
  order: 2,
  evaluations: 2,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  flowClass: "FlowMatchHeunDiscreteScheduler",
  lacks: ["rescale_betas_zero_snr"],
  defaults: { beta_start: 0.00085, beta_end: 0.012 },
  configure(config, alphasCumprod, options) {
    const { clip_sample = false, clip_sample_range = 1, num_train_timesteps = 1000 } = config;
    const limit: Limit = clip_sample ? { kind: "clip", range: clip_sample_range } : { kind: "none" };
    const base = kDiffusionScheduleOf(config, alphasCumprod, options);
    const table = sigmaTable(alphasCumprod);
    const timestepAt = (sigma: number) =>
      f32(base.space === "flow" ? sigma * num_train_timesteps : timestepOf(table, sigma));
    return { schedule: heunSchedule(base, timestepAt), step: heunStep, limit };
  },
};
