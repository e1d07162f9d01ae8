/**
 * The attention of a recipe: how cross-attention turns scores into weights.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { type BySite, bySiteSchema } from "./attention/by_site.ts";
import { type PlacedPolicy, placedSchemas } from "./attention/placed_policy.ts";
import type { DataPath } from "./data_path.ts";
import { makePart } from "./make_part.ts";
import type { Place } from "./model_places.ts";

/** Softmax, as the model was trained. */
export interface Dense {
  readonly kind: "dense";
}

/** Softmax, a policy at some sites or all, or several at sites of their own. `P`: the places at which they may stand. */
export type Attention<P extends Place = Place> = Dense | PlacedPolicy<P> | BySite<P>;

const denseSchema = z.strictObject({ kind: z.literal("dense") });

/** @internal */
export const attentionSchema = z.discriminatedUnion("kind", [
  denseSchema,
  ...placedSchemas,
  bySiteSchema,
]) as unknown as z.ZodType<Attention>;

/** The kinds of policy. A recipe may also have several, as `by-site`. */
export const ATTENTION_KINDS = [
  "dense",
  "entmax",
  "temperature",
  "pladis",
] as const satisfies Exclude<Attention["kind"], "by-site">[];

/** Softmax, as the model was trained. */
export function dense(): Dense {
  return makePart("attention", denseSchema, { kind: "dense" });
}

/** A policy, and where in a recipe it stands. */
export interface PolicyField {
  readonly path: DataPath;
  readonly policy: PlacedPolicy;
}

/** The policies that stand at sites, in their order. */
export function placedPolicies(attention: Attention): readonly PolicyField[] {
  switch (attention.kind) {
    case "dense":
      return [];
    case "by-site":
      return attention.policies.map((policy, i) => ({ path: ["attention", "policies", i], policy }));
    default:
      return [{ path: ["attention"], policy: attention }];
  }
}
