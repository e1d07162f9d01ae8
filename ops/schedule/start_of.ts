export interface StartOptions {
  /** How much of the image is given up: 0 none, 1 all. */
  readonly strength: number;
  /** Steps of the whole schedule, as the user asked for them. */
  readonly steps: number;
  /** Evaluations of the whole schedule. */
  readonly evaluations: number;
  /** Evaluations a step: 2 for a solver that looks ahead. */
  readonly stages: number;
}

/**
 * The first evaluation of a run that starts from an image: the last ⌊strength × steps⌋ steps are taken. (diffusers'
 * image-to-image pipelines; those of SD3 and FLUX round the fraction up, to one step more.)
 *
 * @returns its index; as many as there are evaluations when none is left to take
 */
export function startOf({ strength, steps, evaluations, stages }: StartOptions): number {
  const taken = Math.min(Math.trunc(steps * strength), steps);
  return Math.min((steps - taken) * stages, evaluations);
}
