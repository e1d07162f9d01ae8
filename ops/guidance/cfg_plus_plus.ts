import type { Space } from "../schedule/schedule.ts";

/**
 * The scale at which classifier-free guidance takes the step that CFG++ takes with λ:
 * w = λ / (1 − r′ / r), where r is σ/α before the step and r′ after it. Chung et al., "CFG++", 2024.
 *
 * CFG++ predicts the image with λ but renoises it with the unconditional ε. In a step that is a·x₀ + b·ε of one
 * prediction, which DDIM without noise (η = 0) and Euler's are, both are linear in the difference of the branches, and
 * this is the factor that is left. For solvers that look back or add noise it is not.
 *
 * @param lambda λ, 0 … 1.
 * @param sigmas Of a schedule in `space`, before and after the step.
 */
export function cfgPlusPlusScale(
  lambda: number,
  [before, after]: readonly [before: number, after: number],
  space: Space,
): number {
  // multiplied out, so that r may be infinite
  const remaining = space === "flow"
    ? (after / before) * ((1 - before) / (1 - after))
    : before === Infinity
    ? 0
    : after / before;
  return lambda / (1 - remaining);
}
