import { lambdaStep } from "../schedule/lambda_step.ts";
import type { NoiseLevel } from "../schedule/noise_level.ts";

const f32 = Math.fround;
const exp = (x: number) => f32(Math.exp(x));

/**
 * diffusers' `algorithm_type`: DPM-Solver++ integrates the predicted image x₀, DPM-Solver the predicted noise ε; those
 * with `sde` follow the reverse SDE, and add noise.
 */
export const DPM_ALGORITHMS = ["dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"] as const;
export type DpmAlgorithm = (typeof DPM_ALGORITHMS)[number];

/** Whether the algorithm integrates the predicted noise; otherwise the predicted image. */
export function integratesNoise(algorithm: DpmAlgorithm): boolean {
  return algorithm === "dpmsolver" || algorithm === "sde-dpmsolver";
}

/**
 * The step from s to t is x·`x` + D₀·`d0` + D₁·`d1` + D₂·`d2` + z·`z`, where D₀, D₁, D₂ are the integrand and its first
 * and second derivative by λ, in units of h = λ_t − λ_s. float32.
 */
export interface DpmWeights {
  readonly x: number;
  readonly d0: number;
  /** The paper's, half of `d0`: exact up to the order of the step. */
  readonly d1Midpoint: number;
  /** The integral itself. */
  readonly d1: number;
  readonly d2: number;
  /** Of standard normal noise. */
  readonly z: number;
}

/** h·φ₂(h) = (e^h − 1)/h − 1 of the exponential integrators. */
const phi2 = (growth: number, h: number) => f32(f32(growth / h) - 1);
/** φ₂(h) = (e^h − 1 − h)/h², which is ½ for small h. */
const half = (growth: number, h: number) => f32(f32(growth - h) / f32(h * h));

/** Lu et al., "DPM-Solver", 2022, and "DPM-Solver++", 2022. */
export function dpmWeights(algorithm: DpmAlgorithm, s: NoiseLevel, t: NoiseLevel): DpmWeights {
  const h = lambdaStep(s, t);
  switch (algorithm) {
    case "dpmsolver++": {
      const decay = f32(exp(-h) - 1), d0 = f32(-t.alpha * decay);
      return {
        x: f32(t.sigma / s.sigma),
        d0,
        d1Midpoint: f32(0.5 * d0),
        d1: f32(-t.alpha * phi2(decay, -h)),
        d2: f32(-t.alpha * f32(half(decay, -h) - 0.5)),
        z: 0,
      };
    }
    case "sde-dpmsolver++": {
      const decay = f32(exp(-2 * h) - 1), d0 = f32(-t.alpha * decay);
      return {
        x: f32(f32(t.sigma / s.sigma) * exp(-h)),
        d0,
        d1Midpoint: f32(0.5 * d0),
        d1: f32(-t.alpha * phi2(decay, -2 * h)),
        // The integral has −½ here, as above. diffusers has +½, and so its third order is none; it is followed.
        d2: f32(-t.alpha * f32(half(decay, -2 * h) + 0.5)),
        z: f32(t.sigma * f32(Math.sqrt(-decay))),
      };
    }
    case "dpmsolver":
    case "sde-dpmsolver": {
      const isSde = algorithm === "sde-dpmsolver";
      const growth = f32(exp(h) - 1), times = isSde ? -2 : -1;
      const d0 = f32(times * f32(t.sigma * growth));
      return {
        x: f32(t.alpha / s.alpha),
        d0,
        d1Midpoint: f32(0.5 * d0),
        d1: f32(times * f32(t.sigma * phi2(growth, h))),
        d2: f32(times * f32(t.sigma * f32(half(growth, h) - 0.5))),
        z: isSde ? f32(t.sigma * f32(Math.sqrt(f32(exp(2 * h) - 1)))) : 0,
      };
    }
    default:
      return algorithm satisfies never;
  }
}
