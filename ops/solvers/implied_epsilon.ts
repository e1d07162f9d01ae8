import type { NoiseLevel } from "../schedule/noise_level.ts";

const f32 = Math.fround;

/** The noise that goes with a predicted image, ε = (x − α·x₀) / σ: as the model meant it, but for a limit on x₀. */
export function impliedEpsilon(
  x: Float32Array,
  x0: Float32Array,
  { alpha, sigma }: NoiseLevel,
): Float32Array {
  return x.map((value, j) => f32(value - f32(alpha * x0[j])) / sigma);
}
