import { preservingLevel } from "../schedule/noise_level.ts";
import { CONSISTENCY_DEFAULTS, consistencySchedule } from "./consistency_config.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;
const sqrt = (x: number) => f32(Math.sqrt(x));

/**
 * Zheng et al., "Trajectory Consistency Distillation", 2024, algorithm 4 (strategic stochastic sampling). The paper's γ
 * is η here, as in diffusers: jump to s = (1 − η)·t', then noise up to t'.
 */
export function tcdStep(eta: number, alphasCumprod: Float32Array): SolverStep {
  return ({ timesteps, levels, targets }, { i, x0, epsilon, noise }) => {
    const isLast = i === levels.length - 1;
    const tPrev = isLast ? 0 : timesteps[i + 1];
    const s = preservingLevel(alphasCumprod[Math.floor(f32(f32(1 - eta) * tPrev))]);
    const eps = epsilon();
    const jumped = x0.map((image, j) => f32(s.alpha * image) + f32(s.sigma * eps[j]));
    if (isLast || eta === 0) return { prevSample: jumped, history: [] };
    const ratio = f32(targets[i].alphaCumprod / s.alphaCumprod);
    const keep = sqrt(ratio), add = sqrt(f32(1 - ratio));
    const z = noise();
    return { prevSample: jumped.map((value, j) => f32(keep * value) + f32(add * z[j])), history: [] };
  };
}

/** diffusers' default of η. */
const DEFAULT_TCD_ETA = 0.3;

export const tcd: Solver<"tcd"> = {
  name: "tcd",
  title: "TCD",
  paper: "Zheng et al., Trajectory Consistency Distillation, 2024",
  schedulerClass: "TCDScheduler",
  order: 1,
  evaluations: 1,
  stochastic: "optional",
  takesSigmas: false,
  takesTimesteps: true,
  takesEta: true,
  defaultEta: DEFAULT_TCD_ETA,
  takesFlow: false,
  spreadsStrength: true,
  defaults: CONSISTENCY_DEFAULTS,
  configure(config, alphasCumprod, options) {
    // The last step ends at the cleanest level of training, not at none.
    const schedule = consistencySchedule(config, alphasCumprod, options, 0);
    return { schedule, step: tcdStep(options.eta, alphasCumprod), limit: { kind: "none" } };
  },
};
