/**
 * How prompts are encoded.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { checkPart } from "./check_part.ts";

export interface TextEncoder {
  /** How many of the text encoder's last layers to skip for the prompt, as diffusers' `clip_skip`. */
  readonly clipSkip: number;
}

/** Options of `textEncoder`. */
export interface TextEncoderOptions {
  /**
   * How many of the last layers to skip, from 0; the model's own number of layers is checked when it is planned.
   *
   * @default {0}
   */
  readonly clipSkip?: number;
}

export const DEFAULT_CLIP_SKIP = 0;

const RULE = "a whole number from 0";

/** Schema of a recipe's text encoder. */
export const textEncoderSchema = z.strictObject({
  clipSkip: z.number({ error: RULE }).int({ error: RULE }).min(0, { error: RULE }).default(DEFAULT_CLIP_SKIP),
}, { error: "an object { clipSkip }" });

/**
 * How prompts are encoded.
 *
 * @throws {RecipeError} if clipSkip is not a whole number from 0.
 */
export function textEncoder({ clipSkip = DEFAULT_CLIP_SKIP }: TextEncoderOptions = {}): TextEncoder {
  return checkPart(textEncoderSchema, { clipSkip }, "make the text encoder", "textEncoder");
}
