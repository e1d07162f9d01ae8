import { DomainError } from "../../../errors.ts";

/** An index beyond either end, reflected at it: the end itself is not repeated. */
function reflected(i: number, length: number): number {
  return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;
}

/**
 * A Gaussian blur along one axis as a matrix: `blurred = matrix · x`. Hong, "Smoothed Energy Guidance: Guiding Diffusion
 * Models with Reduced Energy Curvature of Attention", arXiv 2408.00760, as its authors' code has it: a kernel of ⌈6σ⌉
 * values, one more if that is even, no longer than the axis (one more if that is even); reflected at the ends.
 *
 * @param length How long the axis is.
 * @param sigma σ, in places of the axis, above 0. Left out: without bound, which is the mean.
 * @returns [length, length], row by row; each row sums to 1.
 * @throws {DomainError} unless σ is above 0.
 */
export function blurMatrix(length: number, sigma?: number): Float32Array<ArrayBuffer> {
  const matrix = new Float32Array(length * length);
  if (sigma === undefined) return matrix.fill(1 / length);
  if (!(sigma > 0)) {
    throw new DomainError({ doing: "blur queries", what: "sigma", rule: "a number above 0", got: sigma });
  }
  const wanted = Math.ceil(6 * sigma) + 1 - Math.ceil(6 * sigma) % 2;
  const half = (Math.min(wanted, length - (length % 2 - 1)) - 1) / 2;
  const weights = Array.from({ length: 2 * half + 1 }, (_, i) => Math.exp(-0.5 * ((i - half) / sigma) ** 2));
  const total = weights.reduce((a, b) => a + b);
  for (let i = 0; i < length; i++) {
    weights.forEach((weight, j) => matrix[i * length + reflected(i + j - half, length)] += weight / total);
  }
  return matrix;
}
