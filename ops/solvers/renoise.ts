import type { NoiseLevel } from "../schedule/noise_level.ts";
import type { SolverStep } from "./solver.ts";

const f32 = Math.fround;

/** α·x₀ + σ·z: an image with fresh noise on it. */
export function renoise(image: Float32Array, { alpha, sigma }: NoiseLevel, z: Float32Array): Float32Array {
  return image.map((value, j) => f32(alpha * value) + f32(sigma * z[j]));
}

/** Song et al., "Consistency Models", 2023, algorithm 1: to the predicted image, then back to the next noise level. */
export const renoiseStep: SolverStep = ({ targets }, { i, x0, noise }) => ({
  prevSample: renoise(x0, targets[i], noise()),
  history: [],
});
