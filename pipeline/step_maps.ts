/**
 * The maps of a run's steps: all that is kept of the weights.
 *
 * @module
 */
import { DomainError } from "../errors.ts";

/** The maps of one step. */
export interface StepMaps {
  /** Which of the run's steps, from 0. */
  readonly step: number;
  /** For each word [H, W], float32. */
  readonly maps: readonly Float32Array[];
}

function refusal(rule: string, got: unknown, remedy?: string): DomainError {
  return new DomainError({ doing: "find the attention map", what: "the step", rule, got, remedy });
}

/** Why there may be fewer steps than the run took. */
const UNASKED = "In the others guidance did without the prompt, and nothing was attended to.";

/**
 * The maps of one step.
 *
 * @param recorded Ascending.
 * @param steps How many steps the run took.
 * @throws {DomainError} If there is no such step, or it is none of the recorded.
 */
export function findStep(recorded: readonly StepMaps[], steps: number, step: number): StepMaps {
  const found = recorded.find((each) => each.step === step);
  if (found) return found;
  if (recorded.length === steps) throw refusal(`a whole number from 0 to ${steps - 1}`, step);
  const known = recorded.map((each) => each.step).join(", ");
  throw refusal(`one of those recorded, ${known || "of which there is none"}`, step, UNASKED);
}

/**
 * The mean of a word's maps over all recorded steps.
 *
 * @param word Its place among the words.
 * @param steps How many steps the run took.
 * @returns [H, W], float32.
 * @throws {DomainError} If no step was recorded.
 */
export function meanMap(recorded: readonly StepMaps[], steps: number, word: number): Float32Array {
  if (recorded.length === 0) {
    throw new DomainError({
      doing: "find the attention map",
      what: "the steps",
      rule: "some in which the denoiser is asked for the prompt",
      got: `none of ${steps}`,
      remedy: "Take guidance with fewer zeroSteps, or more steps.",
    });
  }
  return recorded[0].maps[word].map((_, place) =>
    recorded.reduce((sum, { maps }) => sum + maps[word][place], 0) / recorded.length
  );
}
