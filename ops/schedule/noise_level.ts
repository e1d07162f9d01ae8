/**
 * How noisy a sample is: x = α·x₀ + σ·ε. Three conventions are in use, and the difference ends here: variance
 * preserving (α² + σ² = 1; DDIM, the DPM-Solvers), variance exploding (α = 1; Euler and all of k-diffusion) and flow
 * matching (α + σ = 1).
 * Everything is float32, rounded in the order in which diffusers rounds.
 */
export interface NoiseLevel {
  /** α, the weight of the image in the sample. */
  readonly alpha: number;
  /** σ, the weight of the noise in the sample. */
  readonly sigma: number;
  /** What the model wants the sample divided by the root of: α² + σ², or 1 where it wants none. */
  readonly variance: number;
  /** ᾱ = α² / (α² + σ²). */
  readonly alphaCumprod: number;
}

const f32 = Math.fround;

/** Variance preserving, from ᾱ. */
export function preservingLevel(alphaCumprod: number): NoiseLevel {
  const alpha = f32(Math.sqrt(alphaCumprod));
  return { alpha, sigma: f32(Math.sqrt(f32(1 - alphaCumprod))), variance: 1, alphaCumprod };
}

/** Variance preserving, from the noise to signal ratio σ/α of a sigma schedule. */
export function preservingLevelOfRatio(ratio: number): NoiseLevel {
  const alpha = f32(1 / f32(Math.sqrt(f32(f32(ratio * ratio) + 1))));
  return { alpha, sigma: f32(ratio * alpha), variance: 1, alphaCumprod: f32(alpha * alpha) };
}

/** Variance exploding: the image at full weight, with noise of standard deviation σ. */
export function explodingLevel(sigma: number): NoiseLevel {
  const variance = f32(f32(sigma * sigma) + 1);
  return { alpha: 1, sigma, variance, alphaCumprod: f32(1 / variance) };
}

/** Flow matching: x = (1 − σ)·x₀ + σ·ε. The model takes the sample as it is. */
export function flowLevel(sigma: number): NoiseLevel {
  const alpha = f32(1 - sigma);
  return { alpha, sigma, variance: 1, alphaCumprod: f32(alpha ** 2 / (alpha ** 2 + sigma ** 2)) };
}

/** λ = ln(α/σ), half the logarithm of the signal to noise ratio; infinite where no noise is left. */
export function logSnr({ alpha, sigma }: NoiseLevel): number {
  return f32(f32(Math.log(alpha)) - f32(Math.log(sigma)));
}
