import type { SigmasChoice } from "../schedule/named_sigmas.ts";
import type { SolverName } from "./solver_choice.ts";

/** What a run may ask of its scheduler. */
export interface SchedulerOptions {
  /** Left out: the one that the configuration's `_class_name` names. */
  readonly solver?: SolverName;
  /** Evaluations of the model, at least 1 and at most as many as it has training timesteps. */
  readonly steps: number;
  /**
   * A sigma schedule by name, or the user's own `steps` + 1 noise levels. Left out: what the configuration asks for.
   */
  readonly sigmas?: SigmasChoice;
  /** η: 0 adds no noise, 1 as much as the solver can. Left out: the solver's own default, as a rule {@linkcode DEFAULT_ETA}. */
  readonly eta?: number;
  /** How many tokens the image has. Needed where the configuration shifts the schedule by the image's size. */
  readonly imageTokens?: number;
  /**
   * Where a run starts from an image, how much of it is given up: 0 none, 1 all. The first steps are then left out
   * (`Scheduler.firstStep`); LCM and TCD spread all of their steps over what is left. @default {1}
   */
  readonly strength?: number;
  /**
   * The timesteps of training at which a distilled model is to be asked, falling, `steps` of them: those that it was
   * distilled on (DMD2: 999, 749, 499, 249). Only for LCM and TCD. Left out: evenly among `original_inference_steps`.
   */
  readonly timesteps?: readonly number[];
  /**
   * Which grid a schedule of flow matching starts from: `training`, the levels of training, or `even`, 1 … 1/steps,
   * as the pipelines of FLUX have it. @default {"training"}
   */
  readonly flowGrid?: "training" | "even";
}
export const DEFAULT_ETA = 0;
export const DEFAULT_STRENGTH = 1;
export const DEFAULT_FLOW_GRID = "training";
