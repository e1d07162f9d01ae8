import type { StepsOptions } from "./scheduler_options.ts";

/** Options of the solvers for distilled models. */
export interface DistilledOptions extends StepsOptions {
  /**
   * The timesteps of training at which the model is asked, falling: those that it was distilled on, such as DMD2's 999,
   * 749, 499, 249. Where no steps are given there are as many. Default: evenly among the `original_inference_steps` of
   * the configuration.
   */
  readonly timesteps?: readonly number[];
}

/** As many steps as there are timesteps, if these are given. @internal */
export function fittingSteps({ timesteps }: DistilledOptions): { readonly steps?: number } {
  return Array.isArray(timesteps) ? { steps: timesteps.length } : {};
}
