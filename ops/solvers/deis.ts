import { stepsToLookBack } from "../schedule/lambda_step.ts";
import type { NoiseLevel } from "../schedule/noise_level.ts";
import { supported, thresholdOf } from "./config_reading.ts";
import {
  type DpmFamily,
  dpmFamilySchedule,
  dpmSolverType,
  MANY_STEPS,
  orderUpTo,
} from "./dpm_family_config.ts";
import { dpmWeights } from "./dpm_weights.ts";
import { impliedEpsilon } from "./implied_epsilon.ts";
import type { Solver, SolverStep } from "./solver.ts";
import { type Term, weightedSum } from "./weighted_sum.ts";

const f32 = Math.fround;
const log = (x: number) => f32(Math.log(x));

/** ∫ (ln ρ − ln c) / (ln b − ln c) dρ, at ρ. */
function linearIntegral(rho: number, b: number, c: number): number {
  const integral = f32(rho * f32(f32(-log(c) + log(rho)) - 1));
  return f32(integral / f32(log(b) - log(c)));
}

/** ∫ (ln ρ − ln c)(ln ρ − ln d) / ((ln b − ln c)(ln b − ln d)) dρ, at ρ. */
function quadraticIntegral(rho: number, b: number, c: number, d: number): number {
  const l = log(rho), lc = log(c), ld = log(d);
  const products = f32(f32(lc * f32(f32(ld - l) + 1)) - f32(ld * l));
  const integral = f32(rho * f32(f32(f32(f32(products + ld) + f32(l * l)) - f32(2 * l)) + 2));
  return f32(integral / f32(f32(log(b) - lc) * f32(log(b) - ld)));
}

/**
 * Zhang & Chen, "Fast Sampling of Diffusion Models with Exponential Integrator", 2023: ρAB-DEIS in log ρ. With ρ = σ/α
 * the ODE is d(x/α) = ε dρ, and ε is taken for the polynomial in ln ρ through its last values.
 */
export function deisStep(order: 1 | 2 | 3, orderAtEnd: (stepsLeft: number) => number): SolverStep {
  return ({ levels, targets }, { i, x, x0, history }) => {
    const s = levels[i], t = targets[i];
    const m0 = impliedEpsilon(x, x0, s);
    const remembered = [m0, ...history].slice(0, order);
    if (t.sigma === 0) return { prevSample: x0.slice(), history: remembered };

    const looksBack = stepsToLookBack(levels, i, history.length);
    const taken = Math.min(order, looksBack + 1, orderAtEnd(levels.length - 1 - i));
    if (taken === 1) {
      const w = dpmWeights("dpmsolver", s, t);
      return { prevSample: weightedSum([w.x, x], [w.d0, m0]), history: remembered };
    }
    const ratio = ({ alpha, sigma }: NoiseLevel) => f32(sigma / alpha);
    const rho = remembered.slice(0, taken).map((_, k) => ratio(levels[i - k]));
    const terms = rho.map((b, k): Term => {
      const c = rho[(k + 1) % taken], d = rho[(k + 2) % taken];
      const at = (r: number) => taken === 2 ? linearIntegral(r, b, c) : quadraticIntegral(r, b, c, d);
      return [f32(at(ratio(t)) - at(rho[0])), remembered[k]];
    });
    const scaled = weightedSum([1, x.map((value) => value / s.alpha)], ...terms);
    return { prevSample: scaled.map((value) => t.alpha * value), history: remembered };
  };
}

const FAMILY: DpmFamily = { end: "last", spaces: true, clipsLambda: false, takesLu: false };

export const deis: Solver<"deis"> = {
  name: "deis",
  title: "DEIS",
  paper: "Zhang & Chen, Fast Sampling of Diffusion Models with Exponential Integrator, 2023",
  schedulerClass: "DEISMultistepScheduler",
  comfyName: "deis",
  order: 2,
  evaluations: 1,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  lacks: ["rescale_betas_zero_snr"],
  configure(config, alphasCumprod, options) {
    const { lower_order_final = true } = config;
    const order = orderUpTo(config, "solver_order", [1, 2, 3]);
    supported(config, "algorithm_type", ["deis", "dpmsolver", "dpmsolver++", undefined]);
    dpmSolverType(config);
    const schedule = dpmFamilySchedule(config, alphasCumprod, options, FAMILY);
    const isLowered = lower_order_final && schedule.timesteps.length < MANY_STEPS;
    const orderAtEnd = (left: number) => isLowered ? left + 1 : order;
    return { schedule, step: deisStep(order, orderAtEnd), limit: thresholdOf(config) };
  },
};
