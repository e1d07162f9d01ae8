/**
 * The policies that stand at sites of the network in the place of softmax.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField, says } from "../field_text.ts";
import { type ScaleSchedule, scheduleField } from "../guidance/scale_share.ts";
import { makePart } from "../make_part.ts";
import type { Place } from "../model_places.ts";
import { type SiteId, type Sites, sitesSchema } from "../recipe_sites.ts";

/** α-entmax in place of softmax. Peters, Niculae & Martins, "Sparse Sequence-to-Sequence Models", 2019. */
export interface Entmax<P extends Place = Place> {
  readonly kind: "entmax";
  readonly alpha: number;
  readonly sites: Sites<P>;
}

/** softmax(z / T). */
export interface Temperature<P extends Place = Place> {
  readonly kind: "temperature";
  readonly temperature: number;
  readonly sites: Sites<P>;
  readonly interval: readonly [from: number, to: number];
}

/** λ·entmax_α + (1 − λ)·softmax. "PLADIS", arXiv 2503.07677. */
export interface Pladis<P extends Place = Place> {
  readonly kind: "pladis";
  readonly lambda: number;
  readonly alpha: number;
  readonly sites: Sites<P>;
  readonly interval: readonly [from: number, to: number];
  /** Absent: λ is the same at each step. */
  readonly schedule?: ScaleSchedule;
}

/** A policy and the sites at which it stands. `P`: the places among them. */
export type PlacedPolicy<P extends Place = Place> = Entmax<P> | Temperature<P> | Pladis<P>;

/** What every policy but softmax takes. */
export interface SitesOption<S extends Place | SiteId = Place | SiteId> {
  /**
   * Which sites: `"all"` cross-attention, or a list of places in the network (`"down"`, `"mid"`, `"up"`) and of sites by
   * id, as `winnow explain` lists them. An id may be that of self-attention, which no place stands for.
   *
   * @default {"all"}
   */
  readonly sites?: "all" | readonly S[];
}
export const DEFAULT_SITES = "all";

/** What policies that can be limited to a part of the run take. */
export interface IntervalOption {
  /**
   * In which part of the run, as fractions of its steps: of n steps, step i (from 0) has the policy if
   * from ≤ i / n < to, and softmax otherwise. `[0, 0.5]` is the first half, `[0.5, 1]` the other.
   *
   * @default {[0,1]}
   */
  readonly interval?: readonly [from: number, to: number];
}
export const DEFAULT_INTERVAL: readonly [from: number, to: number] = [0, 1];

/** Options of {@linkcode entmax}. */
export interface EntmaxOptions<S extends Place | SiteId = Place | SiteId> extends SitesOption<S> {
  /**
   * α, above 1 and at most 4. Towards 1 it is softmax; 2 is sparsemax; beyond 4 next to nothing but the largest score
   * is left, and the powers 1 / (α − 1) of small differences are lost in float32.
   *
   * @default {1.5}
   */
  readonly alpha?: number;
}
export const DEFAULT_ALPHA = 1.5;

/** Options of {@linkcode pladis}. */
export interface PladisOptions<S extends Place | SiteId = Place | SiteId>
  extends EntmaxOptions<S>, IntervalOption {
  /**
   * λ, 0 to 10: 0 is dense, 1 is entmax, above 1 goes beyond. The paper tries 1 to 3. At λ the absolute weights of a
   * query sum to up to 2λ − 1: at 10 already 19 times what the model was trained on, so more is taken for a slip.
   *
   * @default {2}
   */
  readonly lambda?: number;
  /**
   * How much of λ is used along the run, as a share by the place t of a step, 0 at the first and 1 at the last: in a line,
   * along half a cosine, or in straight lines between points [t, share]. 0 is softmax, 1 is λ itself. Default: λ at each step.
   */
  readonly schedule?: ScaleSchedule;
}
export const DEFAULT_LAMBDA = 2;

/** Options of {@linkcode temperature}. */
export interface TemperatureOptions<S extends Place | SiteId = Place | SiteId>
  extends SitesOption<S>, IntervalOption {
  /** T, above 0 and at most 100: below 1 attention is sharper than the model was trained, above 1 flatter. */
  readonly temperature: number;
}

const alpha = numberField({
  above: 1,
  to: 4,
  remedy: "Take 1.5 as in the paper, or 2 for sparsemax; for softmax, which is the limit at 1, take dense.",
}).default(DEFAULT_ALPHA);
const lambda = numberField({ from: 0, to: 10, remedy: "Take 2 as in the paper, which tries 1 to 3." })
  .default(DEFAULT_LAMBDA);
const sites = sitesSchema.default(DEFAULT_SITES);
const INTERVAL_REMEDY = "Take [0,1] for every step, or [0,0.5] for the first half.";
const fraction = numberField({ from: 0, to: 1, remedy: INTERVAL_REMEDY });
const interval = says(
  z.tuple([fraction, fraction]).refine(([from, to]) => from < to).readonly(),
  { rule: "two numbers from 0 to 1, the first below the second", remedy: INTERVAL_REMEDY },
).default(DEFAULT_INTERVAL);

const entmaxSchema = z.strictObject({ kind: z.literal("entmax"), alpha, sites });
const degrees = numberField({ above: 0, to: 100, remedy: "Take 0.8 for sharper weights; 1 is softmax." });
const temperatureSchema = z.strictObject({
  kind: z.literal("temperature"),
  temperature: degrees,
  sites,
  interval,
});
const pladisSchema = z.strictObject({
  kind: z.literal("pladis"),
  lambda,
  alpha,
  sites,
  interval,
  ...scheduleField,
});

/** One for each kind. @internal */
export const placedSchemas = [entmaxSchema, temperatureSchema, pladisSchema] as const;

/**
 * α-entmax in place of softmax: small weights become exactly 0.
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function entmax<const S extends Place | SiteId = never>(
  options: EntmaxOptions<S> = {},
): Entmax<Extract<S, Place>> {
  return makePart("attention", entmaxSchema, { ...options, kind: "entmax" }) as Entmax<Extract<S, Place>>;
}

/**
 * Softmax of scores divided by T.
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function temperature<const S extends Place | SiteId = never>(
  options: TemperatureOptions<S>,
): Temperature<Extract<S, Place>> {
  return makePart("attention", temperatureSchema, { ...options, kind: "temperature" }) as Temperature<
    Extract<S, Place>
  >;
}

/**
 * PLADIS: from softmax towards α-entmax and beyond, with no training and no further evaluation of the denoiser.
 *
 * @throws {RecipeError} if an option breaks its rule.
 */
export function pladis<const S extends Place | SiteId = never>(
  options: PladisOptions<S> = {},
): Pladis<Extract<S, Place>> {
  return makePart("attention", pladisSchema, { ...options, kind: "pladis" }) as Pladis<Extract<S, Place>>;
}
