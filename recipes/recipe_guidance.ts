/**
 * How the prediction is steered towards the prompt.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { checkPart } from "./check_part.ts";
import type { IsDistilled, Model } from "./recipe_model.ts";

/** The conditional prediction as it is. */
export interface NoGuidance {
  readonly kind: "none";
}

/** Classifier-free guidance, arXiv 2207.12598, with the rescale of arXiv 2305.08891, section 3.4. */
export interface Cfg {
  readonly kind: "cfg";
  readonly scale: number;
  readonly rescale: number;
}

export type Guidance = NoGuidance | Cfg;

/** Guidance that a model can take: none if guidance was distilled into it. */
export type GuidanceFor<M extends Model> = IsDistilled<M> extends true ? NoGuidance : Guidance;

/** Guidance that a recipe has which names none. */
export type DefaultGuidance<M extends Model> = IsDistilled<M> extends true ? NoGuidance : Cfg;

/** Options of `cfg`. */
export interface CfgOptions {
  /** Guidance scale, 0 to 100; 1 is no guidance. @default {3} */
  readonly scale?: number;
  /** How far to bring the deviation back to the conditional prediction's, 0 to 1. @default {0} */
  readonly rescale?: number;
}

export const DEFAULT_SCALE = 3;
export const DEFAULT_RESCALE = 0;

/** Interfaces of the field go to 30; beyond 100 every model saturates. */
const MOST_SCALE = 100;

const SCALE = `a number from 0 to ${MOST_SCALE}`;
const RESCALE = "a number from 0 to 1";

const scale = z.number({ error: SCALE }).gte(0, { error: SCALE }).lte(MOST_SCALE, { error: SCALE }).default(
  DEFAULT_SCALE,
);
const rescale = z.number({ error: RESCALE }).gte(0, { error: RESCALE }).lte(1, { error: RESCALE }).default(
  DEFAULT_RESCALE,
);

/** Schema of a recipe's guidance. */
export const guidanceSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("cfg"), scale, rescale }),
], { error: 'one of the kinds "none", "cfg"' });

/** The conditional prediction as it is: one evaluation a step. */
export function noGuidance(): NoGuidance {
  return Object.freeze({ kind: "none" });
}

/** Classifier-free guidance: two evaluations a step. @throws {RecipeError} if an option is out of its range. */
export function cfg({ scale = DEFAULT_SCALE, rescale = DEFAULT_RESCALE }: CfgOptions = {}): Cfg {
  return checkPart(guidanceSchema, { kind: "cfg", scale, rescale }, "make the guidance", "guidance") as Cfg;
}
