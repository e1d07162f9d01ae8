import { betaQuantile } from "./beta_quantile.ts";
import { linspace } from "./grid.ts";
import type { SigmaRange } from "./karras_sigmas.ts";

/** Both parameters of the beta distribution, the paper's choice. */
const SHAPE = 0.6;

/** Noise levels at quantiles of Beta(0.6, 0.6), noisiest first. Lee et al., "Beta Sampling is All You Need", 2024. */
export function betaSigmas({ min, max }: SigmaRange, steps: number): Float64Array {
  return linspace(0, 1, steps).map((p) => min + betaQuantile(1 - p, SHAPE, SHAPE) * (max - min));
}
