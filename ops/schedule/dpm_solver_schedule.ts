import { roundHalfToEven } from "./grid.ts";
import { isSigmaList, type SigmasChoice } from "./named_sigmas.ts";
import { logSnr, preservingLevel, preservingLevelOfRatio } from "./noise_level.ts";
import { chainedSchedule, type FinalSigmasType, type Schedule } from "./schedule.ts";
import { sigmaPath } from "./sigma_path.ts";
import { tableLevels } from "./trained_sigmas.ts";
import { nonZero, sigmaAt, sigmaTable, timestepOf } from "./sigma_table.ts";
import { spaceTimesteps, type TimestepSpacing } from "./timestep_spacing.ts";

export interface DpmSolverScheduleOptions {
  /** ᾱ_t of training. */
  readonly alphasCumprod: Float32Array;
  readonly steps: number;
  readonly spacing: TimestepSpacing;
  readonly stepsOffset: number;
  /** A sigma schedule over the whole range of training; left out: σ at the spaced timesteps. */
  readonly sigmas?: SigmasChoice;
  /** The ends of that sigma schedule; left out: those of training. */
  readonly sigmaMin?: number;
  readonly sigmaMax?: number;
  readonly finalSigmas: FinalSigmasType;
  /**
   * Whether `sigma_min` means the last sigma of a named sigma schedule once more, so that its last step adds or takes
   * nothing away; otherwise the least of training. Left out: false.
   */
  readonly repeatsLast?: boolean;
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
  let final = finalSigmas === "zero" ? 0 : table.sigmas[0];
  let path: Float64Array = timesteps.map((t) => sigmaAt(table, t));
  if (options.sigmas) {
    const isRounded = options.roundTimesteps && (options.sigmas === "karras" || options.sigmas === "lu");
    const { sigmaMin: min = table.sigmas[0], sigmaMax: max = table.sigmas[trainTimesteps - 1] } = options;
    ({ path, final } = sigmaPath({
      choice: options.sigmas,
      range: { min, max },
      steps,
      final,
      trained: tableLevels(table),
    }));
    if (options.repeatsLast && !isSigmaList(options.sigmas) && final > 0) final = path[path.length - 1];
    timesteps = path.map((sigma) => (isRounded ? roundHalfToEven : Math.trunc)(timestepOf(table, sigma)));
  }
  const sigmas = Float64Array.of(...path, final).map(Math.fround);
  return chainedSchedule("preserving", timesteps, sigmas, preservingLevelOfRatio, 1);
}
