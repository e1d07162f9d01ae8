import { interpolate, linspace } from "./grid.ts";

/** Table 3 of the paper: optimised for ten steps; the eleventh level is where the last of them ends. */
const LEVELS = {
  sd15: [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029],
  sdxl: [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.38, 0.234, 0.113, 0.029],
  svd: [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002],
} as const;

/** The models that there are optimised levels for: Stable Diffusion 1.5, SDXL, Stable Video Diffusion. */
export const ALIGNED_FAMILIES = ["sd15", "sdxl", "svd"] as const;
export type AlignedFamily = (typeof ALIGNED_FAMILIES)[number];

/**
 * Noise levels that least mislead a sampler of few steps, noisiest first; for other counts than ten interpolated in
 * ln σ. Sabour, Fidler & Kreis, "Align Your Steps: Optimizing Sampling Schedules in Diffusion Models", 2024.
 */
export function alignYourSteps(family: AlignedFamily, steps: number): Float64Array {
  const logs = LEVELS[family].map(Math.log);
  return linspace(0, logs.length - 1, steps + 1).subarray(0, steps).map((at) =>
    Math.exp(interpolate(logs, at))
  );
}
