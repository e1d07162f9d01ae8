const f32 = Math.fround;

/** What the sums below are divided by. */
const DIVISORS = [1, 2, 12, 24];
/** Even steps; newest first. */
const WEIGHTS = [[1], [3, -1], [23, -16, 5], [55, -59, 37, -9]];

/**
 * The Adams–Bashforth combination of up to four slopes at even steps, newest first. Liu et al. 2022 (PNDM), section 3.3.
 */
export function adamsBashforth(slopes: readonly Float32Array[]): Float32Array {
  const weights = WEIGHTS[slopes.length - 1], divisor = DIVISORS[slopes.length - 1];
  // diffusers multiplies by 1/24 in the last case and divides in the others.
  const scale = divisor === 24 ? (sum: number) => sum * f32(1 / 24) : (sum: number) => sum / divisor;
  return slopes[0].map((_, j) => {
    let sum = f32(weights[0] * slopes[0][j]);
    for (let k = 1; k < slopes.length; k++) sum = f32(sum + f32(weights[k] * slopes[k][j]));
    return scale(sum);
  });
}
