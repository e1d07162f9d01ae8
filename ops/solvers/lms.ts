import { along, derivativeOf } from "./derivative.ts";
import { kDiffusionScheduleOf } from "./k_diffusion_family.ts";
import type { Solver, SolverStep } from "./solver.ts";

/** How many slopes the polynomial goes through. */
const ORDER = 4;

/**
 * ∫ ℓ_j(τ) dτ from σ[0] to `to`, where ℓ_j is the Lagrange polynomial that is 1 at σ[j] and 0 at the others. Two points
 * of Gauss' are exact up to the third degree, the highest there is here.
 */
export function lagrangeIntegral(sigmas: readonly number[], j: number, to: number): number {
  const middle = (sigmas[0] + to) / 2, half = (to - sigmas[0]) / 2;
  const basis = (tau: number) =>
    sigmas.reduce(
      (product, sigma, k) => k === j ? product : product * (tau - sigma) / (sigmas[j] - sigma),
      1,
    );
  const offset = half / Math.sqrt(3);
  return half * (basis(middle - offset) + basis(middle + offset));
}

/**
 * Adams–Bashforth in σ with uneven steps: Karras et al. 2022's ODE, as k-diffusion's sample_lms. A run that starts
 * midway (from an image) builds its order up from one, where diffusers takes weights of slopes that it has not got.
 */
export const lmsStep: SolverStep = ({ levels, targets }, { i, x, x0, history }) => {
  const slopes = [derivativeOf(x, x0, levels[i].sigma), ...history].slice(0, ORDER);
  const sigmas = slopes.map((_, k) => levels[i - k].sigma);
  const change = new Float32Array(x.length);
  for (const [k, slope] of slopes.entries()) {
    const weight = Math.fround(lagrangeIntegral(sigmas, k, targets[i].sigma));
    for (let j = 0; j < change.length; j++) change[j] += Math.fround(weight * slope[j]);
  }
  return { prevSample: along(x, change, 1), history: slopes.slice(0, ORDER - 1) };
};

export const lms: Solver<"lms"> = {
  name: "lms",
  title: "LMS",
  paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, 2022",
  schedulerClass: "LMSDiscreteScheduler",
  comfyName: "lms",
  order: ORDER,
  evaluations: 1,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  flowClass: null,
  lacks: ["rescale_betas_zero_snr"],
  configure: (config, alphasCumprod, options) => ({
    schedule: kDiffusionScheduleOf(config, alphasCumprod, options),
    step: lmsStep,
    limit: { kind: "none" },
  }),
};
