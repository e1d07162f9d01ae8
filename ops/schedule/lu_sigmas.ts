import { linspace } from "./grid.ts";
import type { SigmaRange } from "./karras_sigmas.ts";

/**
 * Noise levels evenly spaced in λ = −ln σ, noisiest first. Lu et al. 2022 (DPM-Solver), section 3.4. The same curve
 * as the exponential schedule, except that diffusers rounds its two ends to float32.
 */
export function luSigmas({ min, max }: SigmaRange, steps: number): Float64Array {
  return linspace(Math.fround(Math.log(max)), Math.fround(Math.log(min)), steps).map(Math.exp);
}
