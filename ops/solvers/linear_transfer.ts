import type { NoiseLevel } from "../schedule/noise_level.ts";

const f32 = Math.fround;
const sqrt = (x: number) => f32(Math.sqrt(x));

/**
 * From one level to another along a noise ε that is held fixed. Liu et al., "Pseudo Numerical Methods for Diffusion
 * Models on Manifolds", 2022, equation (11), in the form that subtracts no near equals.
 *
 * @param x The sample at `from`, variance preserving.
 */
export function transfer(
  x: Float32Array,
  epsilon: Float32Array,
  from: NoiseLevel,
  to: NoiseLevel,
): Float32Array {
  const alpha = from.alphaCumprod, alphaPrev = to.alphaCumprod;
  const beta = f32(1 - alpha), betaPrev = f32(1 - alphaPrev);
  const scale = sqrt(f32(alphaPrev / alpha));
  const denominator = f32(f32(alpha * sqrt(betaPrev)) + sqrt(f32(f32(alpha * beta) * alphaPrev)));
  const difference = f32(alphaPrev - alpha);
  const moved = new Float32Array(x.length);
  for (let j = 0; j < moved.length; j++) {
    moved[j] = f32(scale * x[j]) - f32(f32(difference * epsilon[j]) / denominator);
  }
  return moved;
}
