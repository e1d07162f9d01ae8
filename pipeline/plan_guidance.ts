/**
 * What guidance evaluates at each step of a run, and whether this pipeline can.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import { type Branch, createGuidance, type GuidedStep } from "../ops/guidance/guidance.ts";
import type { Scheduler } from "../ops/solvers/scheduler.ts";
import type { SchedulerConfig } from "../ops/solvers/scheduler_config_type.ts";
import type { Recipe } from "../recipes/recipes.ts";

/** What is evaluated at each step. */
export interface GuidancePlan {
  /** The recipe's own: how the branches are put together. */
  readonly rule: Recipe["guidance"];
  /** Every branch that some step evaluates. */
  readonly branches: readonly Branch[];
  readonly steps: readonly GuidedStep[];
  /**
   * Whether all branches of all images go through the denoiser in one call, but for that of another network: measured
   * to be faster on every runtime for one image, and as fast for four (bench/guidance_batch.ts).
   */
  readonly oneBatch: boolean;
  /** Evaluations of the denoiser for one image at a step that has all branches. */
  readonly evaluations: number;
  /** Evaluations for one image over all steps that are taken. */
  readonly total: number;
}

/** Solvers whose step is a sum of the x₀ and the ε of one prediction. */
const SOLVERS_OF_ONE_PREDICTION: readonly string[] = ["ddim", "euler", "flow_euler"];

/** CFG++ is exact where a step is linear in the prediction. */
function checkPlusPlus(scheduler: Scheduler, config: SchedulerConfig, eta: number | undefined): void {
  const doing = "plan CFG++";
  if (!SOLVERS_OF_ONE_PREDICTION.includes(scheduler.solver)) {
    const rule = `one of ${SOLVERS_OF_ONE_PREDICTION.join(", ")} with guidance cfg_pp`;
    throw new PlanError({ doing, what: "scheduler.kind", rule, got: scheduler.solver });
  }
  if (config.stochastic_sampling === true) {
    const what = "stochastic_sampling of the scheduler's configuration";
    throw new PlanError({ doing, what, rule: "false with guidance cfg_pp", got: true });
  }
  if (scheduler.solver !== "ddim") return;
  if (eta !== undefined && eta > 0) {
    throw new PlanError({ doing, what: "scheduler.eta", rule: "0 with guidance cfg_pp", got: eta });
  }
  for (const field of ["clip_sample", "thresholding"] as const) {
    // DDIM clips where its configuration says nothing
    const value = config[field] ?? field === "clip_sample";
    if (value === false) continue;
    const remedy = "A limit on the predicted image is not linear. Take euler, which has none.";
    throw new PlanError({
      doing,
      what: `${field} of the scheduler's configuration`,
      rule: "false",
      got: value,
      remedy,
    });
  }
}

/**
 * Plans the recipe's guidance over the scheduler's steps.
 *
 * @param eta η that the recipe asks for.
 * @throws {PlanError} if the rule needs what this pipeline or the solver cannot do.
 */
export function planGuidance(
  rule: Recipe["guidance"],
  scheduler: Scheduler,
  config: SchedulerConfig,
  eta: number | undefined,
): GuidancePlan {
  const { branches, steps } = createGuidance(rule, scheduler);
  if (rule.kind === "cfg_pp") checkPlusPlus(scheduler, config, eta);
  return {
    rule,
    branches,
    steps,
    oneBatch: branches.filter((branch) => branch !== "weak").length > 1,
    evaluations: branches.length,
    total: steps.slice(scheduler.firstStep).reduce((sum, { branches }) => sum + branches.length, 0),
  };
}
