/**
 * Pushes away from what the network makes of the prompt when it is hampered: one evaluation more a step each, with any
 * guidance or none.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField, says } from "../field_text.ts";
import { makePart } from "../make_part.ts";
import type { Place } from "../model_places.ts";
import { type GuidanceInterval, intervalField } from "./guidance_interval.ts";
import { type SiteId, type Sites, sitesSchema } from "../recipe_sites.ts";

/** What all have. */
interface Perturbed {
  /** s: the prediction moves by s·(conditional − hampered). */
  readonly scale: number;
  /** Self-attention of which places and sites. */
  readonly sites: Sites;
  /** Absent: the whole run. */
  readonly interval?: GuidanceInterval;
}

/**
 * PAG: the self-attention map is the identity. Ahn et al., "Self-Rectifying Diffusion Sampling with Perturbed-Attention
 * Guidance", arXiv 2403.17377.
 */
export interface Pag extends Perturbed {
  readonly kind: "pag";
}

/** SEG: the queries are blurred. Hong, "Smoothed Energy Guidance", arXiv 2408.00760. */
export interface Seg extends Perturbed {
  readonly kind: "seg";
  /** σ of the blur, in places of the attention's grid. Absent: without bound, the mean. */
  readonly sigma?: number;
}

/** SLG: whole transformer blocks are left out, those that begin with the sites. Stability AI, Stable Diffusion 3.5. */
export interface Slg extends Perturbed {
  readonly kind: "slg";
}

/** Any of them. */
export type Perturbation = Pag | Seg | Slg;

/** Options of {@linkcode pag}. */
export interface PagOptions {
  /**
   * s, 0 to 100; 0 is none.
   *
   * @default {3}
   */
  readonly scale?: number;
  /**
   * Self-attention of which places, or which sites by id, as `winnow explain` lists them.
   *
   * @default {["mid"]}
   */
  readonly sites?: "all" | readonly (Place | SiteId)[];
  /** Where it holds. Default: the whole run. */
  readonly interval?: GuidanceInterval;
}
export const DEFAULT_SCALE = 3;
export const DEFAULT_SITES: readonly Place[] = ["mid"];

/** Options of {@linkcode seg}. */
export interface SegOptions extends PagOptions {
  /** σ of the blur, above 0 and up to 1000, in places of the attention's grid. Default: without bound, the mean. */
  readonly sigma?: number;
}

const common = {
  scale: numberField({ from: 0, to: 100, remedy: "Take 3, as in the papers; 0 is none." })
    .default(DEFAULT_SCALE),
  sites: sitesSchema.default([...DEFAULT_SITES]),
  ...intervalField,
};
const pagSchema = z.strictObject({ kind: z.literal("pag"), ...common });
const segSchema = z.strictObject({
  kind: z.literal("seg"),
  ...common,
  sigma: numberField({ above: 0, to: 1000, remedy: "Leave it out for the mean, as in the paper." })
    .optional(),
});

const slgSchema = z.strictObject({ kind: z.literal("slg"), ...common });

/** @internal */
export const perturbedField = {
  perturbed: says(
    z.array(z.discriminatedUnion("kind", [pagSchema, segSchema, slgSchema])).min(1)
      .refine((list) => new Set(list.map(({ kind }) => kind)).size === list.length),
    { rule: "a list of pag, seg and slg, each once at most", remedy: "Leave it out for none." },
  ).optional() as unknown as z.ZodOptional<z.ZodType<readonly Perturbation[]>>,
};

/** Perturbed-attention guidance. @throws {RecipeError} if an option breaks its rule. */
export function pag(options: PagOptions = {}): Pag {
  return makePart("guidance.perturbed", pagSchema, { ...options, kind: "pag" }) as Pag;
}

/** Smoothed energy guidance. @throws {RecipeError} if an option breaks its rule. */
export function seg(options: SegOptions = {}): Seg {
  return makePart("guidance.perturbed", segSchema, { ...options, kind: "seg" }) as Seg;
}

/** Skip-layer guidance. @throws {RecipeError} if an option breaks its rule. */
export function slg(options: PagOptions = {}): Slg {
  return makePart("guidance.perturbed", slgSchema, { ...options, kind: "slg" }) as Slg;
}
