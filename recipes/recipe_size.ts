/**
 * The size of a recipe's pictures.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField } from "./field_text.ts";
import { makePart } from "./make_part.ts";

/** Pixels. */
export interface Size {
  /** W, pixels. */
  readonly width: number;
  /** H, pixels. */
  readonly height: number;
}

/** What a picture of 192 MiB of RGB measures; models are trained at 64 to 1024. */
export const MOST_SIDE = 8192;

/**
 * The autoencoders of Stable Diffusion make 8 pixels of one pixel of latents. A model that needs a coarser grid says
 * so when it is planned.
 */
const side = numberField({
  from: 8,
  to: MOST_SIDE,
  multipleOf: 8,
  remedy: "Leave size out for the size that the model was trained at.",
});

/** @internal */
export const sizeSchema = z.strictObject({ width: side, height: side }) satisfies z.ZodType<Size>;

/**
 * The size of the pictures, for a model that can do more than one.
 *
 * @param width W, pixels, a multiple of 8 from 8 to 8192.
 * @param height H, likewise.
 * @throws {RecipeError} if a side breaks its rule.
 */
export function size(width: number, height: number): Size {
  return makePart("size", sizeSchema, { width, height });
}
