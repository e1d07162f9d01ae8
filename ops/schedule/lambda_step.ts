import { logSnr, type NoiseLevel } from "./noise_level.ts";

/** h = λ_t − λ_s, float32: how far it is from one noise level to another; infinite to where no noise is left. */
export function lambdaStep(s: NoiseLevel, t: NoiseLevel): number {
  return Math.fround(logSnr(t) - logSnr(s));
}

/**
 * How many of the steps before level `i` a multistep solver may look back over: where two noise levels are equal (a
 * rounded schedule of many steps has such) there is nothing to extrapolate from.
 *
 * @param most How many it remembers.
 */
export function stepsToLookBack(levels: readonly NoiseLevel[], i: number, most: number): number {
  let steps = 0;
  while (steps < most && lambdaStep(levels[i - steps - 1], levels[i - steps]) > 0) steps++;
  return steps;
}
