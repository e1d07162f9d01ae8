import { z } from "npm:zod@4.6.7";
import { numberField } from "../field_text.ts";
import { makePart } from "../make_part.ts";
import { type Limited, limitedFields } from "./guidance_fields.ts";
import type { GuidanceInterval } from "./guidance_interval.ts";
import type { Perturbation } from "./perturbation.ts";

/**
 * CFG++: the image is predicted with guidance, the noise without. For DDIM without noise and for Euler. Chung et al.,
 * "CFG++: Manifold-constrained Classifier Free Guidance for Diffusion Models", 2024.
 */
export interface CfgPlusPlus extends Limited {
  readonly kind: "cfg_pp";
  /** λ: 0 ignores the prompt. */
  readonly lambda: number;
}

/** Options of {@linkcode cfgPlusPlus}. */
export interface CfgPlusPlusOptions {
  /**
   * λ, 0 to 1.
   *
   * @default {0.6}
   */
  readonly lambda?: number;
  /** Where guidance holds. Default: the whole run. */
  readonly interval?: GuidanceInterval;
  /** Pushes away from a hampered network, `pag()`, `seg()` and `slg()`, one evaluation more a step each. Default: none. */
  readonly perturbed?: readonly Perturbation[];
}
export const DEFAULT_LAMBDA = 0.6;

/** @internal */
export const cfgPlusPlusSchema = z.strictObject({
  kind: z.literal("cfg_pp"),
  lambda: numberField({ from: 0, to: 1, remedy: "Take 0.6; a scale of 7.5 elsewhere is about that here." })
    .default(DEFAULT_LAMBDA),
  ...limitedFields,
});

/** CFG++. @throws {RecipeError} if an option breaks its rule. */
export function cfgPlusPlus(options: CfgPlusPlusOptions = {}): CfgPlusPlus {
  return makePart("guidance", cfgPlusPlusSchema, { ...options, kind: "cfg_pp" });
}
