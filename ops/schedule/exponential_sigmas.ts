import { linspace } from "./grid.ts";
import type { SigmaRange } from "./karras_sigmas.ts";

/** Noise levels evenly spaced in ln σ, noisiest first. k-diffusion's get_sigmas_exponential. */
export function exponentialSigmas({ min, max }: SigmaRange, steps: number): Float64Array {
  return linspace(Math.log(max), Math.log(min), steps).map(Math.exp);
}
