/**
 * A diffusers scheduler_config.json inside a recipe: kept as it is, so long as it is JSON.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { says } from "./field_text.ts";

/** The content of a scheduler_config.json. Which fields count, and their rules, is for the plan to say. */
export type SchedulerJson = Readonly<Record<string, unknown>>;

/** diffusers writes −Infinity for `lambda_min_clipped`; JSON has no such number, so its name stands for it. */
function toJson(value: unknown, path: PropertyKey[], ctx: z.RefinementCtx): unknown {
  if (value === -Infinity) return "-Infinity";
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) {
    const params = { rule: "a number that JSON can hold" };
    ctx.addIssue({ code: "custom", path, params });
    return value;
  }
  if (Array.isArray(value)) return value.map((item, i) => toJson(item, [...path, i], ctx));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, toJson(item, [...path, key], ctx)]),
  );
}

/** @internal */
export const schedulerConfigSchema: z.ZodType<SchedulerJson> = says(
  z.record(z.string(), z.unknown()).transform((config, ctx) => toJson(config, [], ctx) as SchedulerJson),
  { rule: "an object, the content of a diffusers scheduler_config.json" },
);
