import { lambdaStep, stepsToLookBack } from "../schedule/lambda_step.ts";
import { thresholdOf, unsupported } from "./config_reading.ts";
import {
  dpmAlgorithm,
  type DpmFamily,
  dpmFamilySchedule,
  dpmSolverType,
  MANY_STEPS,
  orderUpTo,
  withNoiseLeft,
  withoutLearnedVariance,
} from "./dpm_family_config.ts";
import { type DpmAlgorithm, dpmWeights, integratesNoise } from "./dpm_weights.ts";
import { impliedEpsilon } from "./implied_epsilon.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { ConfiguredSolver, SolverOptions, SolverStep } from "./solver.ts";
import { scaledDifference, type Term, weightedSum } from "./weighted_sum.ts";

const f32 = Math.fround;

export interface DpmMultistepOptions {
  readonly algorithm: DpmAlgorithm;
  /** 1 is DDIM with η = 0 (for an SDE with η = 1); 2 looks one step back, 3 two. */
  readonly order: 1 | 2 | 3;
  /** How the second order term is weighted. */
  readonly type: "midpoint" | "heun";
  /** Whether the predicted image is limited; the noise then follows from it. */
  readonly isLimited: boolean;
  /** The highest order of a step, by how many steps there are after it. */
  readonly orderAtEnd: (stepsLeft: number) => number;
}

/** Lu et al., "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", 2022, algorithm 2. */
export function dpmMultistepStep(
  { algorithm, order, type, isLimited, orderAtEnd }: DpmMultistepOptions,
): SolverStep {
  return ({ levels, targets, sigmas }, { i, x, x0, epsilon, noise, history }) => {
    const s = levels[i], t = targets[i];
    const w = dpmWeights(algorithm, s, t);
    const [m1, m2] = history;
    const m0 = !integratesNoise(algorithm) ? x0 : isLimited ? impliedEpsilon(x, x0, s) : epsilon();
    const h = lambdaStep(s, t);
    const h0 = m1 ? lambdaStep(levels[i - 1], s) : 0, h1 = m2 ? lambdaStep(levels[i - 2], levels[i - 1]) : 0;
    const most = h > 0 && h < Infinity ? stepsToLookBack(levels, i, history.length) + 1 : 1;
    const taken = Math.min(order, most, orderAtEnd(levels.length - 1 - i));

    const terms: Term[] = [[w.d0, m0]];
    if (taken > 1) {
      const r0 = f32(h0 / h), slope = scaledDifference(f32(1 / r0), m0, m1);
      if (taken === 2) terms.push([type === "midpoint" ? w.d1Midpoint : w.d1, slope]);
      else {
        const r1 = f32(h1 / h), slopeBefore = scaledDifference(f32(1 / r1), m1, m2);
        const bend = scaledDifference(1, slope, slopeBefore), sum = f32(r0 + r1);
        terms.push([w.d1, weightedSum([1, slope], [f32(r0 / sum), bend])]);
        // Half of the second derivative where the integral asks for the whole: so in the authors' code and in diffusers.
        // Third order is lost by it, not by looking back; it is kept to.
        terms.push([w.d2, bend.map((value) => f32(1 / sum) * value)]);
      }
    }
    if (algorithm.startsWith("sde")) terms.push([w.z, noise({ from: sigmas[i], to: sigmas[i + 1] })]);
    return { prevSample: weightedSum([w.x, x], ...terms), history: [m0, ...history].slice(0, order - 1) };
  };
}

const FAMILY: DpmFamily = { end: "final_sigmas_type", spaces: true, clipsLambda: true, takesLu: true };

/** Sets up diffusers' DPMSolverMultistepScheduler. */
export function configureDpmMultistep(
  config: SchedulerConfig,
  alphasCumprod: Float32Array,
  options: SolverOptions,
): ConfiguredSolver {
  const { final_sigmas_type = "zero", lower_order_final = true, euler_at_final = false } = config;
  const algorithm = dpmAlgorithm(config), order = orderUpTo(config, "solver_order", [1, 2, 3]);
  withoutLearnedVariance(config);
  if (algorithm === "sde-dpmsolver" && order === 3) {
    throw unsupported("solver_order", "1 or 2 where algorithm_type is sde-dpmsolver", order);
  }
  const schedule = dpmFamilySchedule(config, alphasCumprod, options, FAMILY);
  if (integratesNoise(algorithm)) withNoiseLeft(schedule, algorithm);
  const isLowered = lower_order_final && schedule.timesteps.length < MANY_STEPS;
  const endsFirstOrder = isLowered || euler_at_final || final_sigmas_type === "zero";
  const orderAtEnd = (left: number) => left === 0 && endsFirstOrder ? 1 : left === 1 && isLowered ? 2 : order;
  const limit = thresholdOf(config), isLimited = limit.kind !== "none";
  const step = dpmMultistepStep({ algorithm, order, type: dpmSolverType(config), isLimited, orderAtEnd });
  return { schedule, step, limit };
}
