import { lambdaStep, stepsToLookBack } from "../schedule/lambda_step.ts";
import type { NoiseLevel } from "../schedule/noise_level.ts";
import { supported, thresholdOf, unsupported } from "./config_reading.ts";
import { type DpmFamily, dpmFamilySchedule, orderUpTo, withNoiseLeft } from "./dpm_family_config.ts";
import { solveLinearSystem } from "./linear_system.ts";
import type { Solver, SolverStep } from "./solver.ts";
import { dividedDifference, type Term, weightedSum } from "./weighted_sum.ts";

const f32 = Math.fround;

export interface UniPcOptions {
  readonly order: 1 | 2 | 3;
  /** B(h): `bh1` h itself, `bh2` e^h − 1. */
  readonly type: "bh1" | "bh2";
  /** Whether the predicted noise is integrated; otherwise the predicted image. */
  readonly isOfNoise: boolean;
  /** Steps whose result is not corrected at the next one. */
  readonly uncorrected: readonly number[];
  /** Whether the last steps look back no further than there are steps to go. */
  readonly lowerOrderFinal: boolean;
}

/** ρ with Σ_m ρ_m r_m^(n−1) = h·φ_{n+1}(h)·n! / B(h), for n = 1 … as many as there are r. */
function unifiedWeights(r: readonly number[], h: number, b: number): number[] {
  const right: number[] = [];
  let factorial = 1, hPhi = f32(f32(f32(Math.expm1(h)) / h) - 1);
  for (let n = 1; n <= r.length; n++) {
    right.push(f32(f32(hPhi * factorial) / b));
    factorial *= n + 1;
    hPhi = f32(f32(hPhi / h) - f32(1 / factorial));
  }
  return solveLinearSystem(right.map((_, n) => r.map((each) => f32(each ** n))), right).map(f32);
}

/** Zhao et al., "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models", 2023. */
export function uniPcStep(
  { order, type, isOfNoise, uncorrected, lowerOrderFinal }: UniPcOptions,
): SolverStep {
  /** From level s, where the sample is x and the integrand m[0] (before it m[1], …), to t, where it is `mt` if known. */
  function update(
    levels: readonly NoiseLevel[],
    i: number,
    t: NoiseLevel,
    x: Float32Array,
    m: Float32Array[],
    mt?: Float32Array,
  ) {
    const s = levels[i], h = isOfNoise ? lambdaStep(s, t) : -lambdaStep(s, t);
    const growth = f32(Math.expm1(h)), b = type === "bh1" ? h : growth;
    const [scale, linear] = isOfNoise ? [t.sigma, t.alpha / s.alpha] : [t.alpha, t.sigma / s.sigma];
    const r = m.slice(1).map((_, k) => f32(lambdaStep(s, levels[i - 1 - k]) / Math.abs(h)));
    const slopes: Float32Array[] = m.slice(1).map((each, k) => dividedDifference(each, m[0], r[k]));
    if (mt) {
      r.push(1);
      slopes.push(dividedDifference(mt, m[0], 1));
    }
    const terms: Term[] = [[-f32(scale * growth), m[0]]];
    if (slopes.length > 0) {
      // A single weight is ½ to the order that counts, whatever the step; the authors use it.
      const rho = slopes.length === 1 ? [0.5] : unifiedWeights(r, h, b);
      const [first, ...others] = slopes.map((slope, k) => [rho[k], slope] as const);
      terms.push([-f32(scale * b), weightedSum(first, ...others)]);
    }
    return weightedSum([f32(linear), x], ...terms);
  }

  return ({ levels, targets }, { i, x, x0, epsilon, history, kept }) => {
    const m = isOfNoise ? epsilon() : x0;
    const { lastSample, lastOrder } = kept;
    const isCorrected = lastSample instanceof Float32Array && i > 0 && !uncorrected.includes(i - 1);
    const corrected = isCorrected
      ? update(levels, i - 1, levels[i], lastSample, history.slice(0, Number(lastOrder)), m)
      : x;

    const atEnd = lowerOrderFinal ? levels.length - i : order;
    const looksBack = lambdaStep(levels[i], targets[i]) > 0 ? stepsToLookBack(levels, i, history.length) : 0;
    const taken = Math.min(order, atEnd, looksBack + 1);
    const remembered = [m, ...history].slice(0, order);
    const prevSample = update(levels, i, targets[i], corrected, remembered.slice(0, taken));
    return { prevSample, history: remembered, kept: { lastSample: corrected, lastOrder: taken } };
  };
}

const FAMILY: DpmFamily = {
  end: "final_sigmas_type of UniPC",
  spaces: true,
  clipsLambda: false,
  takesLu: false,
};

/** `solver_type`; the names of its relatives' types mean the default, as in diffusers. */
const TYPES: Readonly<Record<string, "bh1" | "bh2">> = {
  bh1: "bh1",
  bh2: "bh2",
  midpoint: "bh2",
  heun: "bh2",
  logrho: "bh2",
};

export const unipc: Solver<"unipc"> = {
  name: "unipc",
  title: "UniPC",
  paper:
    "Zhao et al., UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models, 2023",
  schedulerClass: "UniPCMultistepScheduler",
  comfyName: "uni_pc_bh2",
  order: 3,
  evaluations: 1,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  configure(config, alphasCumprod, options) {
    const { solver_type = "bh2", predict_x0 = true, disable_corrector = [], lower_order_final = true } =
      config;
    const order = orderUpTo(config, "solver_order", [1, 2, 3]);
    if (!Object.hasOwn(TYPES, solver_type)) throw unsupported("solver_type", "bh1 or bh2", solver_type);
    supported(config, "solver_p", [undefined]);
    const schedule = dpmFamilySchedule(config, alphasCumprod, options, FAMILY);
    if (!predict_x0) withNoiseLeft(schedule, "predict_x0 false");
    const isToZero = schedule.targets[schedule.targets.length - 1].sigma === 0;
    if (!lower_order_final && order > 1 && isToZero) {
      throw unsupported("lower_order_final", "true where final_sigmas_type is zero", lower_order_final);
    }
    const step = uniPcStep({
      order,
      type: TYPES[solver_type],
      isOfNoise: !predict_x0,
      uncorrected: disable_corrector,
      lowerOrderFinal: lower_order_final,
    });
    return { schedule, step, limit: predict_x0 ? thresholdOf(config) : { kind: "none" } };
  },
};
