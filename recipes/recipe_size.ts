/**
 * The picture's size.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { checkPart } from "./check_part.ts";

/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Autoencoders work on blocks of 8 pixels, or of a divisor of 8. */
const MULTIPLE = 8;

const MOST = 8192;

const RULE = `a multiple of ${MULTIPLE} from ${MULTIPLE} to ${MOST}`;

const side = z.number({ error: RULE }).int({ error: RULE }).multipleOf(MULTIPLE, { error: RULE })
  .min(MULTIPLE, { error: RULE }).max(MOST, { error: RULE });

/** Schema of a recipe's size. */
export const sizeSchema = z.strictObject({ width: side, height: side }, {
  error: "an object { width, height }",
});

/**
 * A size in pixels, multiples of 8; a model may ask for larger multiples, which shows when it is planned.
 *
 * @throws {RecipeError} if a side is not such a number.
 */
export function size(width: number, height: number): Size {
  return checkPart(sizeSchema, { width, height }, "make the size", "size");
}
