import { roundHalfToEven } from "./grid.ts";
import type { SigmasChoice } from "./named_sigmas.ts";
import { explodingLevel } from "./noise_level.ts";
import { chainedSchedule, type FinalSigmasType, type Schedule } from "./schedule.ts";
import { sigmaPath } from "./sigma_path.ts";
import { tableLevels } from "./trained_sigmas.ts";
import { sigmaAt, sigmaTable, timestepOf } from "./sigma_table.ts";
import { spaceTimesteps, type TimestepSpacing } from "./timestep_spacing.ts";

export interface KDiffusionScheduleOptions {
  /** ᾱ_t of training. */
  readonly alphasCumprod: Float32Array;
  readonly steps: number;
  readonly spacing: TimestepSpacing;
  readonly stepsOffset: number;
  /** A sigma schedule between the spaced timesteps' ends; left out: σ at the spaced timesteps themselves. */
  readonly sigmas?: SigmasChoice;
  /** The ends of that sigma schedule; left out: those of the spaced timesteps. */
  readonly sigmaMin?: number;
  readonly sigmaMax?: number;
  readonly finalSigmas: FinalSigmasType;
  /** Tell the model ln(σ)/4 and not the timestep. Karras et al. 2022, table 1. */
  readonly continuousTimesteps: boolean;
  /** Whether the timesteps of Karras' sigmas are rounded; left out: no. */
  readonly roundKarras?: boolean;
}

/** Fractional timesteps and variance exploding samples: what Euler and the other samplers of k-diffusion walk on. */
export function kDiffusionSchedule(options: KDiffusionScheduleOptions): Schedule {
  const { alphasCumprod, steps, spacing, stepsOffset, finalSigmas, continuousTimesteps } = options;
  const trainTimesteps = alphasCumprod.length;
  const table = sigmaTable(alphasCumprod);
  const endTimestep = trainTimesteps;
  const spacings = { spacing, steps, trainTimesteps, stepsOffset, endTimestep, dropLast: false };
  let timesteps: Float64Array = spaceTimesteps(spacings).map(Math.fround);
  let final = finalSigmas === "zero" ? 0 : table.sigmas[0];
  let path: Float64Array = timesteps.map((t) => sigmaAt(table, t));
  if (options.sigmas) {
    const { sigmaMin: min = path[path.length - 1], sigmaMax: max = path[0] } = options;
    ({ path, final } = sigmaPath({
      choice: options.sigmas,
      range: { min, max },
      steps: path.length,
      final,
      trained: tableLevels(table),
    }));
    const round = options.roundKarras && options.sigmas === "karras" ? roundHalfToEven : Math.fround;
    timesteps = path.map((sigma) => round(timestepOf(table, sigma)));
  }
  const sigmas = Float64Array.of(...path, final).map(Math.fround);
  if (continuousTimesteps) {
    timesteps = sigmas.subarray(0, -1).map((s) => Math.fround(0.25 * Math.fround(Math.log(s))));
  }
  const largest = sigmas.reduce((a, b) => Math.max(a, b));
  const initNoiseSigma = spacing === "leading" ? Math.sqrt(explodingLevel(largest).variance) : largest;
  return chainedSchedule("exploding", timesteps, sigmas, explodingLevel, Math.fround(initNoiseSigma));
}
