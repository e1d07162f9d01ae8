import { linspace } from "./grid.ts";
import type { SigmasChoice } from "./named_sigmas.ts";
import { flowLevel } from "./noise_level.ts";
import { chainedSchedule, type Schedule } from "./schedule.ts";
import { sigmaPath } from "./sigma_path.ts";
import { flowLevels } from "./trained_sigmas.ts";
import { type Shift, shifted, stretched } from "./flow_shift.ts";

export interface FlowScheduleOptions {
  readonly steps: number;
  readonly trainTimesteps: number;
  /** How the even grid is bent towards noise. */
  readonly shift: Shift;
  /**
   * The grid before it is shifted: `training` from the noisiest to the cleanest level of training (which a constant
   * shift has already bent, as in diffusers); `even` 1, 1 − 1/n, … 1/n, which the pipelines of FLUX ask for.
   */
  readonly grid: "training" | "even";
  /** Stretch the schedule so that its last level above 0 is this one. */
  readonly terminal?: number;
  /** Left out: the shifted grid itself. */
  readonly sigmas?: SigmasChoice;
}

const f32 = Math.fround;

/**
 * Noise levels of flow matching, from 1 (noise alone) to 0; the model is told σ × T. Esser et al., "Scaling Rectified
 * Flow Transformers for High-Resolution Image Synthesis", 2024, section 5.3.2.
 */
export function flowSchedule(options: FlowScheduleOptions): Schedule {
  const { steps, trainTimesteps, shift, grid, terminal } = options;
  let path: Float64Array;
  if (grid === "even") path = linspace(1, 1 / steps, steps).map(f32);
  else {
    const ends = shift.kind === "constant" ? shift : { kind: "constant", shift: 1 } as const;
    const end = (sigma: number) => f32(shifted(ends, f32(sigma)));
    const max = end(1), min = end(f32(1 / trainTimesteps));
    path = linspace(max * trainTimesteps, min * trainTimesteps, steps).map((t) => t / trainTimesteps);
  }
  path = path.map((sigma) => shifted(shift, sigma));
  if (terminal !== undefined) path = stretched(path, terminal);
  let final = 0;
  if (options.sigmas) {
    const range = { min: path[steps - 1], max: path[0] };
    ({ path, final } = sigmaPath({
      choice: options.sigmas,
      range,
      steps,
      final,
      trained: flowLevels(shift, trainTimesteps),
    }));
  }
  const sigmas = Float64Array.of(...path, final).map(f32);
  const timesteps = sigmas.subarray(0, -1).map((sigma) => f32(sigma * trainTimesteps));
  return chainedSchedule("flow", timesteps, sigmas, flowLevel, 1);
}
