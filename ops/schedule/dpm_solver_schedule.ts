import { roundHalfToEven } from "./grid.ts";
import { namedSigmas, type SigmaSpacing } from "./named_sigmas.ts";
import { logSnr, preservingLevel, preservingLevelOfRatio } from "./noise_level.ts";
import { chainedSchedule, type FinalSigmasType, type Schedule } from "./schedule.ts";
import { nonZero, sigmaAt, sigmaTable, timestepOf } from "./sigma_table.ts";
import { spaceTimesteps, type TimestepSpacing } from "./timestep_spacing.ts";

export interface DpmSolverScheduleOptions {
  /** ᾱ_t of training. */
  readonly alphasCumprod: Float32Array;
  readonly steps: number;
  readonly spacing: TimestepSpacing;
  readonly stepsOffset: number;
  /** A sigma schedule over the whole range of training; left out: σ at the spaced timesteps. */
  readonly sigmas?: SigmaSpacing;
  readonly finalSigmas: FinalSigmasType;
  /** Leave out the timesteps whose λ is below; −∞ leaves out none. Needed by the cosine schedule. */
  readonly lambdaMinClipped: number;
  /** Round the timesteps of Karras' and Lu's sigmas to the nearest; otherwise down. The cosine schedule rounds down. */
  readonly roundTimesteps: boolean;
}

/** Whole timesteps and variance preserving samples: what DPM-Solver and its relatives walk on. */
export function dpmSolverSchedule(options: DpmSolverScheduleOptions): Schedule {
  const { alphasCumprod, steps, spacing, stepsOffset, finalSigmas, lambdaMinClipped } = options;
  const trainTimesteps = alphasCumprod.length;
  const table = sigmaTable(alphasCumprod);
  const isClipped = (alpha: number) => logSnr(preservingLevel(nonZero(alpha))) < lambdaMinClipped;
  const endTimestep = trainTimesteps - alphasCumprod.filter(isClipped).length;
  const spacings = { spacing, steps, trainTimesteps, stepsOffset, endTimestep, dropLast: true };
  let timesteps: Float64Array = spaceTimesteps(spacings).map(roundHalfToEven);
  let path: Float64Array = timesteps.map((t) => sigmaAt(table, t));
  if (options.sigmas) {
    const isRounded = options.roundTimesteps && (options.sigmas === "karras" || options.sigmas === "lu");
    const range = { min: table.sigmas[0], max: table.sigmas[trainTimesteps - 1] };
    path = namedSigmas(options.sigmas, range, steps);
    timesteps = path.map((sigma) => (isRounded ? roundHalfToEven : Math.trunc)(timestepOf(table, sigma)));
  }
  const sigmas = Float64Array.of(...path, finalSigmas === "zero" ? 0 : table.sigmas[0]).map(Math.fround);
  return chainedSchedule(timesteps, sigmas, preservingLevelOfRatio, 1);
}
