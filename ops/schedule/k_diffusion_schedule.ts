import { namedSigmas, type SigmasName } from "./named_sigmas.ts";
import { explodingLevel } from "./noise_level.ts";
import { chainedSchedule, type FinalSigmasType, type Schedule } from "./schedule.ts";
import { sigmaAt, sigmaTable, timestepOf } from "./sigma_table.ts";
import { spaceTimesteps, type TimestepSpacing } from "./timestep_spacing.ts";

export interface KDiffusionScheduleOptions {
  /** ᾱ_t of training. */
  readonly alphasCumprod: Float32Array;
  readonly steps: number;
  readonly spacing: TimestepSpacing;
  readonly stepsOffset: number;
  /** A sigma schedule between the spaced timesteps' ends; left out: σ at the spaced timesteps themselves. */
  readonly sigmas?: SigmasName;
  /** The ends of that sigma schedule; left out: those of the spaced timesteps. */
  readonly sigmaMin?: number;
  readonly sigmaMax?: number;
  readonly finalSigmas: FinalSigmasType;
  /** Tell the model ln(σ)/4 and not the timestep. Karras et al. 2022, table 1. */
  readonly continuousTimesteps: boolean;
}

/** Fractional timesteps and variance exploding samples: what Euler and the other samplers of k-diffusion walk on. */
export function kDiffusionSchedule(options: KDiffusionScheduleOptions): Schedule {
  const { alphasCumprod, steps, spacing, stepsOffset, finalSigmas, continuousTimesteps } = options;
  const trainTimesteps = alphasCumprod.length;
  const table = sigmaTable(alphasCumprod);
  const endTimestep = trainTimesteps;
  const spacings = { spacing, steps, trainTimesteps, stepsOffset, endTimestep, dropLast: false };
  let timesteps: Float64Array = spaceTimesteps(spacings).map(Math.fround);
  let path: Float64Array = timesteps.map((t) => sigmaAt(table, t));
  if (options.sigmas) {
    const { sigmaMin: min = path[path.length - 1], sigmaMax: max = path[0] } = options;
    path = namedSigmas(options.sigmas, { min, max }, path.length);
    timesteps = path.map((sigma) => Math.fround(timestepOf(table, sigma)));
  }
  const sigmas = Float64Array.of(...path, finalSigmas === "zero" ? 0 : table.sigmas[0]).map(Math.fround);
  if (continuousTimesteps) {
    timesteps = sigmas.subarray(0, -1).map((s) => Math.fround(0.25 * Math.fround(Math.log(s))));
  }
  const largest = sigmas.reduce((a, b) => Math.max(a, b));
  const initNoiseSigma = spacing === "leading" ? Math.sqrt(explodingLevel(largest).variance) : largest;
  return chainedSchedule(timesteps, sigmas, explodingLevel, Math.fround(initNoiseSigma));
}
