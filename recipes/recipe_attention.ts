/**
 * What happens at each cross-attention.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { checkPart } from "./check_part.ts";
import type { Place } from "./recipe_model.ts";

/** Which sites a policy takes. */
export type Sites<P extends Place = Place> = "all" | readonly P[];

/** Softmax, as the model was trained. */
export interface Dense {
  readonly kind: "dense";
}

/** α-entmax in the place of softmax (Sparse Sequence-to-Sequence Models, arXiv 1905.05702). */
export interface Entmax<P extends Place = Place> {
  readonly kind: "entmax";
  readonly alpha: number;
  readonly sites: Sites<P>;
}

/** PLADIS: W = λ·entmax_α(z) + (1 − λ)·softmax(z) (arXiv 2503.07677, eq. 11). */
export interface Pladis<P extends Place = Place> {
  readonly kind: "pladis";
  readonly lambda: number;
  readonly alpha: number;
  readonly sites: Sites<P>;
}

export type Attention<P extends Place = Place> = Dense | Entmax<P> | Pladis<P>;

/** Options of `entmax`. */
export interface EntmaxOptions<P extends Place> {
  /** α, above 1 up to 4: 1.5 is entmax-15, 2 sparsemax. @default {1.5} */
  readonly alpha?: number;
  /** Which sites: all, or those in these parts of the network. @default {"all"} */
  readonly sites?: Sites<P>;
}

/** Options of `pladis`. */
export interface PladisOptions<P extends Place> extends EntmaxOptions<P> {
  /** λ, 0 to 10: 0 is softmax, 1 entmax, more extrapolates beyond it. @default {2} */
  readonly lambda?: number;
}

export const DEFAULT_LAMBDA = 2;
export const DEFAULT_ALPHA = 1.5;
export const DEFAULT_SITES = "all";

/** The paper goes to 3. The weights' L1 norm grows as 2λ − 1: beyond 10 nothing of a picture is left. */
const MOST_LAMBDA = 10;

/** Beyond 4 the weights jump rather than bend with the scores, and float32 scores no longer decide them. */
const MOST_ALPHA = 4;

const ALPHA = `a number above 1, up to ${MOST_ALPHA}`;
const LAMBDA = `a number from 0 to ${MOST_LAMBDA}`;
const PLACES: readonly Place[] = ["down", "mid", "up", "joint", "single"];
const SITES = `"all", or a list of ${PLACES.map((place) => `"${place}"`).join(", ")} without repeats`;

const alpha = z.number({ error: ALPHA }).gt(1, { error: ALPHA }).lte(MOST_ALPHA, { error: ALPHA }).default(
  DEFAULT_ALPHA,
);
const lambda = z.number({ error: LAMBDA }).gte(0, { error: LAMBDA }).lte(MOST_LAMBDA, { error: LAMBDA })
  .default(DEFAULT_LAMBDA);
const sites = z.custom<Sites>((value) =>
  value === "all" ||
  Array.isArray(value) && value.length > 0 && value.every((place) => PLACES.includes(place)) &&
    new Set(value).size === value.length, { error: SITES }).transform((value) =>
    value === "all" ? value : [...value])
  .default(DEFAULT_SITES);

/** Schema of a recipe's attention. */
export const attentionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dense") }),
  z.strictObject({ kind: z.literal("entmax"), alpha, sites }),
  z.strictObject({ kind: z.literal("pladis"), lambda, alpha, sites }),
], { error: 'one of the kinds "dense", "entmax", "pladis"' });

const make = (value: unknown) => checkPart(attentionSchema, value, "make the attention policy", "attention");

/** Softmax, as the model was trained. */
export function dense(): Dense {
  return Object.freeze({ kind: "dense" });
}

/** α-entmax at each site. @throws {RecipeError} if α is not above 1 and at most 4. */
export function entmax<const P extends Place = never>(
  { alpha = DEFAULT_ALPHA, sites = DEFAULT_SITES }: EntmaxOptions<P> = {},
): Entmax<P> {
  return make({ kind: "entmax", alpha, sites }) as Entmax<P>;
}

/** PLADIS at each site. @throws {RecipeError} if λ or α is out of its range. */
export function pladis<const P extends Place = never>(
  { lambda = DEFAULT_LAMBDA, alpha = DEFAULT_ALPHA, sites = DEFAULT_SITES }: PladisOptions<P> = {},
): Pladis<P> {
  return make({ kind: "pladis", lambda, alpha, sites }) as Pladis<P>;
}
