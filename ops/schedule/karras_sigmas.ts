/** The noise levels, σ, of the cleanest and of the noisiest step. */
export interface SigmaRange {
  readonly min: number;
  readonly max: number;
}

/** ρ where none is given: the value of the paper. */
export const DEFAULT_KARRAS_RHO = 7;

/** Noise levels evenly spaced in σ^(1/ρ), noisiest first. Karras et al. 2022 (EDM), equation (5). */
export function karrasSigmas(
  { min, max }: SigmaRange,
  steps: number,
  rho = DEFAULT_KARRAS_RHO,
): Float64Array {
  const low = min ** (1 / rho), high = max ** (1 / rho);
  const divisor = Math.max(steps - 1, 1);
  return Float64Array.from({ length: steps }, (_, i) => (high + (i / divisor) * (low - high)) ** rho);
}
