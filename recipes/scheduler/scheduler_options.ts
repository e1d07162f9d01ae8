import type { SchedulerJson } from "../scheduler_json.ts";
import type { SigmasChoice } from "./sigmas_choice.ts";

/** Options that all schedulers take. */
export interface StepsOptions {
  /**
   * Evaluations of the denoiser, 1 to 1000: models are trained on 1000 noise levels, and more steps than levels only
   * repeat some.
   *
   * @default {20}
   */
  readonly steps?: number;
  /**
   * A diffusers scheduler_config.json that replaces the bundle's own. −Infinity, which diffusers writes for
   * `lambda_min_clipped` and JSON has not, is kept by its name, "-Infinity".
   */
  readonly config?: SchedulerJson;
}
export { DEFAULT_STEPS } from "../recipe_scheduler.ts";

/** Options of the solvers whose noise levels can be chosen. */
export interface SigmasOptions extends StepsOptions {
  /**
   * How noise levels are spaced. Default: as the bundle's configuration says. A list is taken as it is; where no steps
   * are given there are as many as fit it.
   */
  readonly sigmas?: SigmasChoice;
}
