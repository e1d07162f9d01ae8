import { z } from "npm:zod@4.6.7";
import { numberField } from "../field_text.ts";
import { makePart } from "../make_part.ts";
import { type Scaled, scaledFields, type ScaledOptions } from "./guidance_fields.ts";

/**
 * Perp-Neg: away from what the negative prompt adds at right angles to the prompt, three evaluations a step. A run
 * needs a negative prompt. Armandpour et al., "Re-imagine the Negative Prompt Algorithm", 2023.
 */
export interface PerpNeg extends Scaled {
  readonly kind: "perp_neg";
  /** How strong the negative prompt is, beside the prompt's 1. */
  readonly negativeScale: number;
}

/** Options of {@linkcode perpNeg}. */
export interface PerpNegOptions extends ScaledOptions {
  /**
   * How strong the negative prompt is, 0 to 100: 0 leaves it out.
   *
   * @default {1}
   */
  readonly negativeScale?: number;
}
export const DEFAULT_NEGATIVE_SCALE = 1;

/** @internal */
export const perpNegSchema = z.strictObject({
  kind: z.literal("perp_neg"),
  ...scaledFields,
  negativeScale: numberField({ from: 0, to: 100, remedy: "Take 1." }).default(DEFAULT_NEGATIVE_SCALE),
});

/** Perp-Neg. @throws {RecipeError} if an option breaks its rule. */
export function perpNeg(options: PerpNegOptions = {}): PerpNeg {
  return makePart("guidance", perpNegSchema, { ...options, kind: "perp_neg" });
}
