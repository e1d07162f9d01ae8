import type { SigmaRange } from "./karras_sigmas.ts";

/** How far the first, linear half of the steps comes, of the whole way. */
const LINEAR_PART = 0.025;

/**
 * Half of the steps in even, small ones, the other half ever longer, along a parabola with the same slope where they
 * meet; noisiest first. Genmo's Mochi, as ComfyUI has it.
 */
export function linearQuadraticSigmas({ max }: SigmaRange, steps: number): Float64Array {
  const linear = Math.floor(steps / 2), quadratic = steps - linear;
  const slope = linear === 0 ? 0 : LINEAR_PART / linear;
  // From the end of the linear part with its slope, and 1 at the last step's end.
  const start = linear === 0 ? 0 : LINEAR_PART;
  const bend = (1 - start - slope * quadratic) / quadratic ** 2;
  return Float64Array.from({ length: steps }, (_, i) => {
    const past = i - linear;
    return max * (1 - (past < 0 ? slope * i : start + slope * past + bend * past ** 2));
  });
}
