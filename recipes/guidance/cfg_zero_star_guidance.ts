import { z } from "npm:zod@4.6.7";
import { numberField } from "../field_text.ts";
import { makePart } from "../make_part.ts";
import {
  fromField,
  type PushFrom,
  type Scaled,
  scaledFields,
  type ScaledOptions,
} from "./guidance_fields.ts";

/** CFG-Zero*. Fan et al., "CFG-Zero*: Improved Classifier-Free Guidance for Flow Matching Models", 2025. */
export interface CfgZeroStar extends Scaled {
  readonly kind: "cfg_zero_star";
  /** How many steps at the beginning predict zero, without evaluating the model. */
  readonly zeroSteps: number;
  readonly from: PushFrom;
}

/** Options of {@linkcode cfgZeroStar}. */
export interface CfgZeroStarOptions extends ScaledOptions {
  /**
   * How many steps at the beginning predict zero. The paper takes 4 % of them, for models of flow matching; a model
   * that predicts the noise loses its first step by it.
   *
   * @default {1}
   */
  readonly zeroSteps?: number;
  /**
   * From which prediction to push: "unconditional" as diffusers' default, or "conditional".
   *
   * @default {"unconditional"}
   */
  readonly from?: PushFrom;
}
export const DEFAULT_ZERO_STEPS = 1;
export const DEFAULT_FROM = "unconditional";

/** @internal */
export const cfgZeroStarSchema = z.strictObject({
  kind: z.literal("cfg_zero_star"),
  ...scaledFields,
  zeroSteps: numberField({
    from: 0,
    to: 1000,
    multipleOf: 1,
    remedy: "Take 1, or 0 for models that predict noise.",
  })
    .default(DEFAULT_ZERO_STEPS),
  ...fromField(DEFAULT_FROM),
});

/** CFG-Zero*: the unconditional prediction times its best factor. @throws {RecipeError} if an option breaks its rule. */
export function cfgZeroStar(options: CfgZeroStarOptions = {}): CfgZeroStar {
  return makePart("guidance", cfgZeroStarSchema, { ...options, kind: "cfg_zero_star" });
}
