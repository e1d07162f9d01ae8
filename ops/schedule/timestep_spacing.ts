/** Which of the training timesteps are visited. Lin et al. 2023, table 2; each rounded as diffusers rounds it. */
import { linspace, roundHalfToEven } from "./grid.ts";

export const TIMESTEP_SPACINGS = ["leading", "trailing", "linspace"] as const;
export type TimestepSpacing = (typeof TIMESTEP_SPACINGS)[number];

export interface SpacingOptions {
  readonly spacing: TimestepSpacing;
  /** How many timesteps to take. */
  readonly steps: number;
  /** How many timesteps the model was trained with. */
  readonly trainTimesteps: number;
  /** Added to each timestep of `leading`. */
  readonly stepsOffset: number;
  /** One past the noisiest timestep that may be taken; less than `trainTimesteps` when λ is clipped. */
  readonly endTimestep: number;
  /** Space `steps` + 1 timesteps and leave out the last, cleanest one, as the DPM-Solver family does. */
  readonly dropLast: boolean;
}

/** numpy.arange(stop, 0, −step): every value is stop + i · ((stop − step) − stop), that rounding included. */
function descend(stop: number, step: number): Float64Array {
  const delta = stop - step - stop;
  return Float64Array.from({ length: Math.ceil(stop / step) }, (_, i) => stop + i * delta);
}

/** The timesteps, noisiest first. `linspace` is not rounded here: some solvers take fractions of timesteps. */
export function spaceTimesteps(options: SpacingOptions): Float64Array {
  const { spacing, steps, trainTimesteps, stepsOffset, endTimestep, dropLast } = options;
  const count = dropLast ? steps + 1 : steps;
  switch (spacing) {
    case "linspace":
      return linspace(0, endTimestep - 1, count).reverse().subarray(0, steps);
    case "leading": {
      const ratio = Math.floor(endTimestep / count);
      return Float64Array.from({ length: steps }, (_, i) => (count - 1 - i) * ratio + stepsOffset);
    }
    case "trailing":
      // For some counts (61 of 1000) the rounding of the ratio lets NumPy add a last timestep of −1, which is no
      // timestep at all; it is cut off here, where diffusers would take one more step with it.
      return descend(endTimestep, trainTimesteps / steps)
        .map((t) => roundHalfToEven(t) - 1).filter((t) => t >= 0).subarray(0, steps);
    default:
      return spacing satisfies never;
  }
}
