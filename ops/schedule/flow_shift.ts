/**
 * How a schedule of flow matching is bent towards noise: large images need more of it to lose their shape.
 * - `constant`: s·σ / (1 + (s − 1)·σ),
 * - `exponential`: eᵘ / (eᵘ + 1/σ − 1), the same curve with s = eᵘ,
 * - `linear`: u / (u + 1/σ − 1), the same with s = u.
 */
export type Shift =
  | { readonly kind: "constant"; readonly shift: number }
  | { readonly kind: "exponential" | "linear"; readonly mu: number };

/** σ shifted. Esser et al. 2024, equation (23). */
export function shifted(shift: Shift, sigma: number): number {
  switch (shift.kind) {
    case "constant":
      return (shift.shift * sigma) / (1 + (shift.shift - 1) * sigma);
    case "exponential":
      return Math.exp(shift.mu) / (Math.exp(shift.mu) + (1 / sigma - 1));
    case "linear":
      return shift.mu / (shift.mu + (1 / sigma - 1));
    default:
      return shift satisfies never;
  }
}

/** The schedule stretched, 1 held fixed, so that it ends at `terminal`. */
export function stretched(sigmas: Float64Array, terminal: number): Float64Array {
  const scale = (1 - sigmas[sigmas.length - 1]) / (1 - terminal);
  return sigmas.map((sigma) => 1 - (1 - sigma) / scale);
}

export interface DynamicShift {
  readonly baseShift: number;
  readonly maxShift: number;
  readonly baseTokens: number;
  readonly maxTokens: number;
}

/** u for an image of so many tokens: linear between two sizes, and beyond them. Black Forest Labs' FLUX. */
export function dynamicMu(
  tokens: number,
  { baseShift, maxShift, baseTokens, maxTokens }: DynamicShift,
): number {
  const slope = (maxShift - baseShift) / (maxTokens - baseTokens);
  return tokens * slope + (baseShift - slope * baseTokens);
}
