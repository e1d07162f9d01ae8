import { linspace } from "./grid.ts";
import type { SigmaRange } from "./karras_sigmas.ts";

/** ρ where none is given: then it is the exponential schedule. */
export const DEFAULT_POLYEXPONENTIAL_RHO = 1;

/** Noise levels whose ln σ falls as a power ρ of the time left, noisiest first. k-diffusion's get_sigmas_polyexponential. */
export function polyexponentialSigmas(
  { min, max }: SigmaRange,
  steps: number,
  rho = DEFAULT_POLYEXPONENTIAL_RHO,
): Float64Array {
  const low = Math.log(min), high = Math.log(max);
  return linspace(1, 0, steps).map((left) => Math.exp(left ** rho * (high - low) + low));
}
