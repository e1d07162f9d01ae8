import { DomainError } from "../../errors.ts";
import { linspace } from "./grid.ts";

/**
 * Timesteps of a consistency model: evenly picked among those that it was distilled on, noisiest first. Luo et al.,
 * "Latent Consistency Models", 2023, section 4.3 (skipping-step).
 *
 * @param trainTimesteps Timesteps of the teacher's training.
 * @param originalSteps How many of them the distillation used.
 * @param strength Which part of those, the cleanest first, there is to pick from.
 * @throws {DomainError} when there are fewer of those than `steps`
 */
export function consistencyTimesteps(
  trainTimesteps: number,
  originalSteps: number,
  steps: number,
  strength: number,
): Float64Array {
  const most = Math.trunc(originalSteps * strength);
  if (steps > most) {
    throw new DomainError({
      doing: "set up the scheduler",
      what: "steps",
      rule:
        `at most ${most}: the original_inference_steps that the model was distilled on, ${originalSteps}` +
        (strength < 1 ? `, times the strength, ${strength}` : ""),
      got: steps,
    });
  }
  const stride = Math.floor(trainTimesteps / originalSteps);
  // Of linspace(0, most, steps + 1) all but the end, as numpy's endpoint=False.
  const picks = linspace(0, most, steps + 1).subarray(0, steps);
  return picks.map((pick) => (most - Math.floor(pick)) * stride - 1);
}
