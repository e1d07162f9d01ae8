import { dpmSolverSchedule } from "../schedule/dpm_solver_schedule.ts";
import { logSnr } from "../schedule/noise_level.ts";
import { chosenSigmas, supported, thresholdOf, unsupported } from "./config_reading.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;

export interface Dpmpp2mOptions {
  /** 1 is DDIM with η = 0; 2 looks one step back. */
  readonly order: 1 | 2;
  /** How the second order term is weighted: the paper's, or the exact integral. */
  readonly type: "midpoint" | "heun";
  /** Whether the last step of a schedule is one of first order, which does not look back. */
  readonly lowerOrderAtEnd: boolean;
}

/** Lu et al., "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", 2022, algorithm 2. */
export function dpmpp2mStep({ order, type, lowerOrderAtEnd }: Dpmpp2mOptions): SolverStep {
  return ({ levels, targets }, { i, x, x0, history }) => {
    const s = levels[i], t = targets[i];
    const h = f32(logSnr(t) - logSnr(s));
    const decay = f32(f32(Math.exp(-h)) - 1);
    const towardsX = f32(t.sigma / s.sigma), towardsX0 = f32(t.alpha * decay);

    const prevSample = new Float32Array(x.length);
    for (let j = 0; j < x.length; j++) prevSample[j] = f32(towardsX * x[j]) - f32(towardsX0 * x0[j]);

    const before = lowerOrderAtEnd && i === levels.length - 1 ? undefined : history[0];
    const h0 = i > 0 ? f32(logSnr(s) - logSnr(levels[i - 1])) : 0;
    // Where two noise levels are equal there is nothing to integrate, or nothing to extrapolate from.
    if (order === 2 && before && h > 0 && h0 > 0) {
      const inverse = f32(1 / f32(h0 / h));
      const weight = type === "midpoint" ? f32(-0.5 * towardsX0) : f32(t.alpha * f32(f32(decay / h) + 1));
      for (let j = 0; j < x.length; j++) prevSample[j] += f32(weight * f32(inverse * f32(x0[j] - before[j])));
    }
    return { prevSample, history: order === 2 ? [x0] : [] };
  };
}

/** What each `solver_type` means; those of the related DEIS and UniPC solvers mean midpoint here, as in diffusers. */
const TYPES = {
  midpoint: "midpoint",
  heun: "heun",
  logrho: "midpoint",
  bh1: "midpoint",
  bh2: "midpoint",
} as const;

/** From here on diffusers trusts the last step to look back, unless the last sigma is zero. */
const MANY_STEPS = 15;

export const dpmpp2m: Solver<"dpmpp_2m"> = {
  name: "dpmpp_2m",
  schedulerClass: "DPMSolverMultistepScheduler",
  order: 2,
  takesSigmas: true,
  takesEta: false,
  configure(config, alphasCumprod, { steps, sigmas }) {
    const { timestep_spacing = "linspace", steps_offset = 0, final_sigmas_type = "zero" } = config;
    const { lambda_min_clipped = -Infinity, use_lu_lambdas = false, beta_schedule = "linear" } = config;
    const { lower_order_final = true, euler_at_final = false } = config;
    const { solver_order: order = 2, solver_type = "midpoint", variance_type } = config;
    supported(config, "algorithm_type", ["dpmsolver++", "deis", undefined]);
    supported(config, "use_flow_sigmas", [false, undefined]);
    if (variance_type?.startsWith("learned")) throw unsupported("variance_type", "null", variance_type);
    if (order !== 1 && order !== 2) throw unsupported("solver_order", "1 or 2", order);
    if (!Object.hasOwn(TYPES, solver_type)) throw unsupported("solver_type", "midpoint or heun", solver_type);
    const schedule = dpmSolverSchedule({
      alphasCumprod,
      steps,
      spacing: timestep_spacing,
      stepsOffset: steps_offset,
      sigmas: chosenSigmas(config, sigmas) ?? (use_lu_lambdas ? "lu" : undefined),
      finalSigmas: final_sigmas_type,
      lambdaMinClipped: lambda_min_clipped,
      roundTimesteps: beta_schedule !== "squaredcos_cap_v2",
    });
    const lowerOrderAtEnd = euler_at_final || final_sigmas_type === "zero" ||
      (lower_order_final && schedule.timesteps.length < MANY_STEPS);
    const type = TYPES[solver_type as keyof typeof TYPES];
    return { schedule, step: dpmpp2mStep({ order, type, lowerOrderAtEnd }), limit: thresholdOf(config) };
  },
};
