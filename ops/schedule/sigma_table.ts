/** σ_t = √((1 − ᾱ_t) / ᾱ_t): noise to signal, for every training step; and the way back from σ to t. */
import { interpolate } from "./grid.ts";

const f32 = Math.fround;

/** ᾱ that stands in for 0, which a schedule with zero terminal SNR ends at: the smallest number of float16. */
const SMALLEST_ALPHA_CUMPROD = 2 ** -24;
/** Its σ, so that such a schedule does not start at infinity. Torch's square root of 2²⁴ − 1, rounded up. */
const LARGEST_SIGMA = 2 ** 12;

/** ᾱ, never zero, for those who take its logarithm. */
export function nonZero(alphaCumprod: number): number {
  return alphaCumprod === 0 ? SMALLEST_ALPHA_CUMPROD : alphaCumprod;
}

export interface SigmaTable {
  /** σ_t, float32, rising with t. */
  readonly sigmas: Float32Array;
  /** ln σ_t, float32. */
  readonly logs: Float32Array;
}

export function sigmaTable(alphasCumprod: Float32Array): SigmaTable {
  const sigmas = alphasCumprod.map((alpha) =>
    alpha === 0 ? LARGEST_SIGMA : Math.sqrt(f32(f32(1 - alpha) / alpha))
  );
  return { sigmas, logs: sigmas.map(Math.log) };
}

/** σ at a timestep, which may lie between two training steps. */
export function sigmaAt(table: SigmaTable, timestep: number): number {
  return interpolate(table.sigmas, timestep);
}

/** The timestep, fractional, at which ln σ interpolates to the one given. k-diffusion's sigma_to_t. */
export function timestepOf({ logs }: SigmaTable, sigma: number): number {
  const log = Math.log(Math.max(sigma, 1e-10));
  // The last index whose ln σ is not above, by bisection; the table rises.
  let low = 0, end = logs.length - 1;
  while (end - low > 1) {
    const middle = (low + end) >> 1;
    if (logs[middle] <= log) low = middle;
    else end = middle;
  }
  const weight = (logs[low] - log) / f32(logs[low] - logs[low + 1]);
  const w = Math.min(Math.max(weight, 0), 1);
  return (1 - w) * low + w * (low + 1);
}
