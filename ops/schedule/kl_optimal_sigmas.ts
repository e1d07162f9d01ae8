import { linspace } from "./grid.ts";
import type { SigmaRange } from "./karras_sigmas.ts";

/** Noise levels even in arctan σ, noisiest first. Sabour et al. 2024 (Align Your Steps), theorem 3.1, for Gaussian data. */
export function klOptimalSigmas({ min, max }: SigmaRange, steps: number): Float64Array {
  return linspace(Math.atan(max), Math.atan(min), steps).map(Math.tan);
}
