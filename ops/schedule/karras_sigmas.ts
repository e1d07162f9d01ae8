/** What a sigma schedule is drawn between: σ of the cleanest and of the noisiest step. */
export interface SigmaRange {
  readonly min: number;
  readonly max: number;
}

/** ρ = 7: the value of the paper. */
const RHO = 7;

/** Noise levels evenly spaced in σ^(1/ρ), noisiest first. Karras et al. 2022 (EDM), equation (5). */
export function karrasSigmas({ min, max }: SigmaRange, steps: number): Float64Array {
  const low = min ** (1 / RHO), high = max ** (1 / RHO);
  const divisor = Math.max(steps - 1, 1);
  return Float64Array.from({ length: steps }, (_, i) => (high + (i / divisor) * (low - high)) ** RHO);
}
