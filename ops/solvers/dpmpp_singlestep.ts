import { lambdaStep, stepsToLookBack } from "../schedule/lambda_step.ts";
import { thresholdOf } from "./config_reading.ts";
import {
  dpmAlgorithm,
  type DpmFamily,
  dpmFamilySchedule,
  dpmSolverType,
  orderUpTo,
  withNoiseLeft,
  withoutLearnedVariance,
} from "./dpm_family_config.ts";
import { type DpmAlgorithm, dpmWeights, integratesNoise } from "./dpm_weights.ts";
import { impliedEpsilon } from "./implied_epsilon.ts";
import type { Solver, SolverStep } from "./solver.ts";
import { scaledDifference, type Term, weightedSum } from "./weighted_sum.ts";

const f32 = Math.fround;

export interface DpmSinglestepOptions {
  readonly algorithm: DpmAlgorithm;
  /** How many evaluations make one step of the paper: each goes on from where the first of them began. */
  readonly order: 1 | 2 | 3;
  /** How the terms above the first are weighted. */
  readonly type: "midpoint" | "heun";
  /** Whether the predicted image is limited; the noise then follows from it. */
  readonly isLimited: boolean;
  /** Whether the last evaluation is a step of its own. */
  readonly endsAlone: boolean;
}

/** Lu et al., "DPM-Solver", 2022, algorithms 1 and 2, and "DPM-Solver++", 2022, algorithm 1. */
export function dpmSinglestepStep(options: DpmSinglestepOptions): SolverStep {
  const { algorithm, order, type, isLimited, endsAlone } = options;
  return ({ levels, targets, sigmas }, { i, x, x0, epsilon, noise, history, kept }) => {
    const m0 = !integratesNoise(algorithm) ? x0 : isLimited ? impliedEpsilon(x, x0, levels[i]) : epsilon();
    const isFirst = i % order === 0 || (endsAlone && i === levels.length - 1);
    const before = isFirst ? 0 : Math.min(history.length, i - Number(kept.begin ?? i));
    // A step over two equal noise levels has nothing to take a slope from, and begins anew.
    const begin = stepsToLookBack(levels, i, before) === before ? i - before : i;
    const start = begin < i && kept.start instanceof Float32Array ? kept.start : x;

    const s = levels[begin], w = dpmWeights(algorithm, s, targets[i]);
    const part = (k: number) => f32(lambdaStep(s, levels[k]) / lambdaStep(s, targets[i]));
    const terms: Term[] = [[w.d0, [m0, ...history][i - begin]]];
    if (i - begin === 1) {
      const slope = scaledDifference(f32(1 / part(i)), m0, history[0]);
      terms.push([type === "midpoint" ? w.d1Midpoint : w.d1, slope]);
    } else if (i - begin === 2) {
      const r0 = part(i), r1 = part(i - 1), [m1, m2] = history;
      const far = scaledDifference(f32(1 / r0), m0, m2);
      if (type === "midpoint") terms.push([w.d1, far]);
      else {
        const near = scaledDifference(f32(1 / r1), m1, m2), width = f32(r0 - r1);
        const slope = near.map((value, j) => f32(f32(r0 * value) - f32(r1 * far[j])) / width);
        const bend = far.map((value, j) => f32(2 * f32(value - near[j])) / width);
        terms.push([w.d1, slope], [w.d2, bend]);
      }
    }
    if (algorithm.startsWith("sde")) terms.push([w.z, noise({ from: sigmas[begin], to: sigmas[i + 1] })]);
    const prevSample = weightedSum([w.x, start], ...terms);
    return { prevSample, history: [m0, ...history].slice(0, order - 1), kept: { begin, start } };
  };
}

const FAMILY: DpmFamily = { end: "final_sigmas_type", spaces: false, clipsLambda: true, takesLu: false };

export const dpmppSinglestep: Solver<"dpmpp_singlestep"> = {
  name: "dpmpp_singlestep",
  title: "DPM++ singlestep",
  paper: "Lu et al., DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models, 2022",
  schedulerClass: "DPMSolverSinglestepScheduler",
  order: 2,
  evaluations: 1,
  stochastic: "optional",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  lacks: ["rescale_betas_zero_snr"],
  configure(config, alphasCumprod, options) {
    const { final_sigmas_type = "zero", lower_order_final = false } = config;
    const algorithm = dpmAlgorithm(config, ["dpmsolver++", "dpmsolver", "sde-dpmsolver++"]);
    const order = orderUpTo(config, "solver_order", [1, 2, 3]), type = dpmSolverType(config);
    withoutLearnedVariance(config);
    const schedule = dpmFamilySchedule(config, alphasCumprod, options, FAMILY);
    if (integratesNoise(algorithm)) withNoiseLeft(schedule, algorithm);
    const isToZero = final_sigmas_type === "zero" ||
      schedule.targets[schedule.targets.length - 1].sigma === 0;
    const endsAlone = isToZero || (lower_order_final && schedule.timesteps.length % order === 0);
    const limit = thresholdOf(config), isLimited = limit.kind !== "none";
    return { schedule, step: dpmSinglestepStep({ algorithm, order, type, isLimited, endsAlone }), limit };
  },
};
