import { z } from "npm:zod@4.6.7";
import { numberField, wordField } from "../field_text.ts";
import { makePart } from "../make_part.ts";
import {
  correctField,
  type Correction,
  fromField,
  type PushFrom,
  type Scaled,
  scaledFields,
  type ScaledOptions,
} from "./guidance_fields.ts";

/**
 * Adaptive projected guidance. Sadat et al., "Eliminating Oversaturation and Artifacts of High Guidance Scales in
 * Diffusion Models", 2024.
 */
export interface Apg extends Scaled {
  readonly kind: "apg";
  /** η: how much is kept of the push along the prompt's own prediction. */
  readonly eta: number;
  /** β: how much is kept of the last step's push. Absent: none is remembered. */
  readonly momentum?: number;
  /** r: the length to which a longer push is cut; 0 cuts nothing. */
  readonly normThreshold: number;
  /** Whether lengths and projections are those of the whole image or of each channel. */
  readonly over: "image" | "channel";
  readonly from: PushFrom;
  /** Absent: the unconditional prediction is taken as it is. */
  readonly correct?: Correction;
}

/** Options of {@linkcode apg}. */
export interface ApgOptions extends ScaledOptions {
  /**
   * η, −10 to 10: 0 takes away what oversaturates, 1 leaves all of it.
   *
   * @default {0}
   */
  readonly eta?: number;
  /** β, between −1 and 1; the paper takes −0.5 or −0.75. Default: no memory. */
  readonly momentum?: number;
  /**
   * r, from 0: 2.5 for Stable Diffusion 1.5 and 2.1 and 15 for Stable Diffusion XL in the paper. 0 cuts nothing.
   *
   * @default {15}
   */
  readonly normThreshold?: number;
  /**
   * What counts as one vector.
   *
   * @default {"image"}
   */
  readonly over?: "image" | "channel";
  /**
   * From which prediction to push: "unconditional" as diffusers' default and ComfyUI, "conditional" as in the paper.
   *
   * @default {"unconditional"}
   */
  readonly from?: PushFrom;
  /** What is done to the unconditional prediction first: CFG-Zero*'s factor or TCFG's projection. Default: nothing. */
  readonly correct?: Correction;
}
export const DEFAULT_ETA = 0;
export const DEFAULT_NORM_THRESHOLD = 15;
export const DEFAULT_OVER = "image";
export const DEFAULT_FROM = "unconditional";

/** @internal */
export const apgSchema = z.strictObject({
  kind: z.literal("apg"),
  ...scaledFields,
  eta: numberField({ from: -10, to: 10, remedy: "Take 0 as in the paper, or 1 for plain guidance." })
    .default(DEFAULT_ETA),
  momentum: numberField({ from: -0.99, to: 0.99, remedy: "Take -0.5 as in the paper, or leave it out." })
    .optional(),
  normThreshold: numberField({ from: 0, remedy: "Take 15, or 0 for no bound." }).default(
    DEFAULT_NORM_THRESHOLD,
  ),
  over: wordField(["image", "channel"]).default(DEFAULT_OVER),
  ...fromField(DEFAULT_FROM),
  ...correctField,
});

/** Adaptive projected guidance: high scales without oversaturation. @throws {RecipeError} if an option breaks its rule. */
export function apg(options: ApgOptions = {}): Apg {
  return makePart("guidance", apgSchema, { ...options, kind: "apg" });
}
