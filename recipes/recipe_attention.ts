/**
 * The attention policy of a recipe: how cross-attention turns scores into weights.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField, says, wordField } from "./field_text.ts";
import { makePart } from "./make_part.ts";
import { type Place, PLACES } from "./model_places.ts";

/** Softmax, as the model was trained. */
export interface Dense {
  readonly kind: "dense";
}

/** α-entmax in place of softmax. Peters, Niculae & Martins, "Sparse Sequence-to-Sequence Models", 2019. */
export interface Entmax<P extends Place = Place> {
  readonly kind: "entmax";
  readonly alpha: number;
  readonly sites: "all" | readonly P[];
}

/** λ·entmax_α + (1 − λ)·softmax. "PLADIS", arXiv 2503.07677. */
export interface Pladis<P extends Place = Place> {
  readonly kind: "pladis";
  readonly lambda: number;
  readonly alpha: number;
  readonly sites: "all" | readonly P[];
  readonly interval: readonly [from: number, to: number];
}

/** Any policy. `P`: the places at which it may stand. */
export type Attention<P extends Place = Place> = Dense | Entmax<P> | Pladis<P>;

/** Options of {@linkcode entmax}. */
export interface EntmaxOptions<P extends Place = Place> {
  /**
   * α, above 1 and at most 4. Towards 1 it is softmax; 2 is sparsemax; beyond 4 next to nothing but the largest score
   * is left, and the powers 1 / (α − 1) of small differences are lost in float32.
   *
   * @default {1.5}
   */
  readonly alpha?: number;
  /**
   * Which cross-attention sites: all, or those in some places of the network.
   *
   * @default {"all"}
   */
  readonly sites?: "all" | readonly P[];
}
export const DEFAULT_ALPHA = 1.5;
export const DEFAULT_SITES = "all";

/** Options of {@linkcode pladis}. */
export interface PladisOptions<P extends Place = Place> extends EntmaxOptions<P> {
  /**
   * λ, 0 to 10: 0 is dense, 1 is entmax, above 1 goes beyond. The paper tries 1 to 3. At λ the absolute weights of a
   * query sum to up to 2λ − 1: at 10 already 19 times what the model was trained on, so more is taken for a slip.
   *
   * @default {2}
   */
  readonly lambda?: number;
  /**
   * In which part of the run, as fractions of its steps: of n steps, step i (from 0) has the policy if
   * from ≤ i / n < to, and softmax otherwise. `[0, 0.5]` is the first half, `[0.5, 1]` the other.
   *
   * @default {[0,1]}
   */
  readonly interval?: readonly [from: number, to: number];
}
export const DEFAULT_LAMBDA = 2;
export const DEFAULT_INTERVAL: readonly [from: number, to: number] = [0, 1];

const alpha = numberField({
  above: 1,
  to: 4,
  remedy: "Take 1.5 as in the paper, or 2 for sparsemax; for softmax, which is the limit at 1, take dense.",
}).default(DEFAULT_ALPHA);
const lambda = numberField({ from: 0, to: 10, remedy: "Take 2 as in the paper, which tries 1 to 3." })
  .default(DEFAULT_LAMBDA);
const places = z.array(wordField(PLACES)).min(1).refine((list) => new Set(list).size === list.length);
const sites = says(z.union([z.literal("all"), places]), {
  rule: `"all" or a list of different places (${PLACES.join(", ")})`,
  remedy: 'Take "all", as in the paper.',
}).default(DEFAULT_SITES);
const INTERVAL_REMEDY = "Take [0,1] for every step, or [0,0.5] for the first half.";
const fraction = numberField({ from: 0, to: 1, remedy: INTERVAL_REMEDY });
const interval = says(
  z.tuple([fraction, fraction]).refine(([from, to]) => from < to).readonly(),
  { rule: "two numbers from 0 to 1, the first below the second", remedy: INTERVAL_REMEDY },
).default(DEFAULT_INTERVAL);

const denseSchema = z.strictObject({ kind: z.literal("dense") });
const entmaxSchema = z.strictObject({ kind: z.literal("entmax"), alpha, sites });
const pladisSchema = z.strictObject({ kind: z.literal("pladis"), lambda, alpha, sites, interval });

/** @internal */
export const attentionSchema = z.discriminatedUnion("kind", [
  denseSchema,
  entmaxSchema,
  pladisSchema,
]) satisfies z.ZodType<
  Attention
>;

/** Softmax, as the model was trained. */
export function dense(): Dense {
  return makePart("attention", denseSchema, { kind: "dense" });
}

/**
 * α-entmax in place of softmax: small weights become exactly 0.
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function entmax<const P extends Place = never>(options: EntmaxOptions<P> = {}): Entmax<P> {
  return makePart("attention", entmaxSchema, { ...options, kind: "entmax" }) as Entmax<P>;
}

/**
 * PLADIS: from softmax towards α-entmax and beyond, with no training and no further evaluation of the denoiser.
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function pladis<const P extends Place = never>(options: PladisOptions<P> = {}): Pladis<P> {
  return makePart("attention", pladisSchema, { ...options, kind: "pladis" }) as Pladis<P>;
}
