/**
 * The text encoder's part of a recipe.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField } from "./field_text.ts";
import { makePart } from "./make_part.ts";

/** How prompts are encoded. */
export interface TextEncoder {
  /** How many of the last layers are left out for the prompt: 0 is the last layer, as diffusers' `clip_skip` counts. */
  readonly clipSkip: number;
}

/** Options of {@linkcode textEncoder}. */
export interface TextEncoderOptions {
  /**
   * How many of the text encoder's last layers to leave out, counted as diffusers' `clip_skip`: web UIs that call the
   * last layer 1 count one more. The most is the encoder's number of layers less one, which only the bundle can tell.
   *
   * @default {0}
   */
  readonly clipSkip?: number;
}
export const DEFAULT_CLIP_SKIP = 0;

/** @internal */
export const textEncoderSchema = z.strictObject({
  clipSkip: numberField({
    from: 0,
    multipleOf: 1,
    remedy: "Take 0 for the last layer, 1 for the one before it.",
  }).default(DEFAULT_CLIP_SKIP),
}) satisfies z.ZodType<TextEncoder>;

/**
 * How prompts are encoded.
 *
 * @throws {RecipeError} if `clipSkip` is not a whole number from 0.
 */
export function textEncoder(options: TextEncoderOptions = {}): TextEncoder {
  return makePart("textEncoder", textEncoderSchema, { ...options });
}
