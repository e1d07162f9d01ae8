import { z } from "npm:zod@4.6.7";
import { numberField } from "../field_text.ts";
import { makePart } from "../make_part.ts";

/**
 * NAG: each cross-attention is pushed away from what it gives for the negative prompt. One evaluation a step, and the only
 * guidance that guidance-distilled models take. Chen et al., "Normalized Attention Guidance: Universal Negative Guidance
 * for Diffusion Models", arXiv 2505.21179.
 */
export interface Nag {
  readonly kind: "nag";
  /** s: 1 is not at all. */
  readonly scale: number;
  /** τ: how much longer (L1) than the prompt's own a result may become. */
  readonly tau: number;
  /** α: how much of the result is taken. */
  readonly alpha: number;
  readonly rescale?: never;
}

/** Options of {@linkcode nag}. */
export interface NagOptions {
  /**
   * s, 1 to 100.
   *
   * @default {5}
   */
  readonly scale?: number;
  /**
   * τ, 1 to 100.
   *
   * @default {2.5}
   */
  readonly tau?: number;
  /**
   * α, 0 to 1.
   *
   * @default {0.25}
   */
  readonly alpha?: number;
}
export const DEFAULT_SCALE = 5;
export const DEFAULT_TAU = 2.5;
export const DEFAULT_ALPHA = 0.25;

/** @internal */
export const nagSchema = z.strictObject({
  kind: z.literal("nag"),
  scale: numberField({ from: 1, to: 100, remedy: "Take 5, as in the paper; 1 is none." }).default(
    DEFAULT_SCALE,
  ),
  tau: numberField({ from: 1, to: 100, remedy: "Take 2.5, as in the paper." }).default(DEFAULT_TAU),
  alpha: numberField({ from: 0, to: 1, remedy: "Take 0.25, as in the paper." }).default(DEFAULT_ALPHA),
});

/** Normalized attention guidance. @throws {RecipeError} if an option breaks its rule. */
export function nag(options: NagOptions = {}): Nag {
  return makePart("guidance", nagSchema, { ...options, kind: "nag" }) as Nag;
}
