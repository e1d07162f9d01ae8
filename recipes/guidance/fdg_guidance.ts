import { z } from "npm:zod@4.6.7";
import { says } from "../field_text.ts";
import { makePart } from "../make_part.ts";
import {
  correctField,
  type Correction,
  fromField,
  type Limited,
  limitedFields,
  type PushFrom,
  rescaleField,
} from "./guidance_fields.ts";
import type { GuidanceInterval } from "./guidance_interval.ts";
import type { Perturbation } from "./perturbation.ts";

/**
 * Frequency-decoupled guidance. Sadat et al., "Guidance in the Frequency Domain Enables High-Fidelity Sampling at Low
 * CFG Scales", 2025.
 */
export interface Fdg extends Limited {
  readonly kind: "fdg";
  /** w of each band of frequencies, from fine to coarse. */
  readonly scales: readonly number[];
  /** How much is kept in each band of the push along the prompt's own prediction. Absent: all. */
  readonly parallelWeights?: readonly number[];
  /** φ: how far the prediction's standard deviation is brought back to the conditional's. */
  readonly rescale: number;
  readonly from: PushFrom;
  /** Absent: the unconditional prediction is taken as it is. */
  readonly correct?: Correction;
}

/** Options of {@linkcode fdg}. */
export interface FdgOptions {
  /**
   * w of each band, from fine to coarse, each 0 to 100; as many bands as there are scales, 1 to 8.
   *
   * @default {[10,5]}
   */
  readonly scales?: readonly number[];
  /** What is kept of the parallel part, one for each scale. Default: all. */
  readonly parallelWeights?: readonly number[];
  /**
   * φ, 0 to 1.
   *
   * @default {0}
   */
  readonly rescale?: number;
  /**
   * From which prediction to push: "unconditional" as diffusers' default, or "conditional".
   *
   * @default {"unconditional"}
   */
  readonly from?: PushFrom;
  /** What is done to the unconditional prediction first: CFG-Zero*'s factor or TCFG's projection. Default: nothing. */
  readonly correct?: Correction;
  /** Where guidance holds. Default: the whole run. */
  readonly interval?: GuidanceInterval;
  /** Pushes away from a hampered network, `pag()`, `seg()` and `slg()`, one evaluation more a step each. Default: none. */
  readonly perturbed?: readonly Perturbation[];
}
export const DEFAULT_SCALES: readonly number[] = [10, 5];
export { DEFAULT_RESCALE } from "./guidance_fields.ts";
export const DEFAULT_FROM = "unconditional";

const scales = says(z.array(z.number().min(0).max(100)).min(1).max(8).readonly(), {
  rule: "a list of 1 to 8 numbers from 0 to 100",
  remedy: "Take [10,5]: more for the fine half of the frequencies.",
}).default(DEFAULT_SCALES);
const parallelWeights = says(z.array(z.number().min(0).max(10)).min(1).max(8).readonly(), {
  rule: "a list of numbers from 0 to 10, one for each scale",
  remedy: "Leave it out to keep all.",
}).optional();

/** @internal */
export const fdgSchema = z.strictObject({
  kind: z.literal("fdg"),
  scales,
  parallelWeights,
  ...rescaleField,
  ...fromField(DEFAULT_FROM),
  ...correctField,
  ...limitedFields,
}).superRefine(({ scales, parallelWeights: weights }, ctx) => {
  if (weights === undefined || weights.length === scales.length) return;
  const params = { rule: `a list of ${scales.length} numbers, one for each scale` };
  ctx.addIssue({ code: "custom", path: ["parallelWeights"], params });
});

/** Guidance with a scale for each band of frequencies. @throws {RecipeError} if an option breaks its rule. */
export function fdg(options: FdgOptions = {}): Fdg {
  return makePart("guidance", fdgSchema, { ...options, kind: "fdg" });
}
