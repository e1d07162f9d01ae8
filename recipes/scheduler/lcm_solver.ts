import { makePart } from "../make_part.ts";
import { type Lcm, lcmSchema } from "../recipe_scheduler.ts";
import { type DistilledOptions, fittingSteps } from "./distilled_options.ts";

/**
 * LCM, for models that were distilled so.
 *
 * @example
 * ```ts
 * import { lcm } from "../recipes.ts";
 *
 * lcm({ steps: 4 });
 * lcm({ timesteps: [999, 749, 499, 249] }); // as DMD2 wants it
 * ```
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function lcm(options: DistilledOptions = {}): Lcm {
  return makePart("scheduler", lcmSchema, { ...fittingSteps(options), ...options, kind: "lcm" });
}
