import { z } from "npm:zod@4.6.7";
import { makePart } from "../make_part.ts";
import { type Model, modelSchema } from "../recipe_model.ts";
import { type Scaled, scaledFields, type ScaledOptions } from "./guidance_fields.ts";

/**
 * AutoGuidance: weak + w·(conditional − weak), where a worse network of the same family, such as an earlier checkpoint,
 * predicts for the prompt; two evaluations a step, and no negative prompt. Karras et al., "Guiding a Diffusion Model with a
 * Bad Version of Itself", arXiv 2406.02507.
 */
export interface Auto extends Scaled {
  readonly kind: "auto";
  /** Whose denoiser is the worse one; nothing else of it is loaded. */
  readonly weak: Model;
}

/** Options of {@linkcode autoGuidance}. */
export interface AutoOptions extends ScaledOptions {
  /** Whose denoiser is the worse one: a model with latents and text embeddings of the same shape. */
  readonly weak: Model;
}

/** @internal */
export const autoSchema = z.strictObject({ kind: z.literal("auto"), ...scaledFields, weak: modelSchema });

/** AutoGuidance. @throws {RecipeError} if an option breaks its rule. */
export function autoGuidance(options: AutoOptions): Auto {
  return makePart("guidance", autoSchema, { ...options, kind: "auto" }) as Auto;
}
