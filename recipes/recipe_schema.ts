/**
 * The schema of a whole recipe, with the rules that bind its parts to each other.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { attentionSchema, placedPolicies } from "./recipe_attention.ts";
import { says } from "./field_text.ts";
import { DEFAULT_RESCALE, DEFAULT_SCALE, type Guidance, guidanceSchema } from "./recipe_guidance.ts";
import { type Model, modelSchema } from "./recipe_model.ts";
import { type Place, PLACES_OF } from "./model_places.ts";
import { schedulerSchema } from "./recipe_scheduler.ts";
import { sizeSchema } from "./recipe_size.ts";
import { textEncoderSchema } from "./recipe_text_encoder.ts";

/** The version of the format. It rises when recipes of an older one would be read amiss. */
export const RECIPE_VERSION = 1;

/** The steps that the bundled model's guidance-distilled sibling was made for; one will do as well. */
const TURBO_STEPS = 2;

function isDistilled(model: Model): boolean {
  return "guidanceDistilled" in model && model.guidanceDistilled;
}

function defaultGuidance(model: Model): Guidance {
  return isDistilled(model)
    ? { kind: "none" }
    : { kind: "cfg", scale: DEFAULT_SCALE, rescale: DEFAULT_RESCALE };
}

function defaultScheduler({ kind }: Model): z.output<typeof schedulerSchema> {
  return schedulerSchema.parse({ kind: "ddim", ...(kind === "pocket-turbo" ? { steps: TURBO_STEPS } : {}) });
}

const parts = z.strictObject({
  version: says(z.literal(RECIPE_VERSION).default(RECIPE_VERSION), {
    rule: String(RECIPE_VERSION),
    remedy: "A newer Winnow may be needed to read it.",
  }),
  model: modelSchema,
  textEncoder: textEncoderSchema.prefault({}),
  scheduler: schedulerSchema.optional(),
  attention: attentionSchema.prefault({ kind: "dense" }),
  guidance: guidanceSchema.optional(),
  size: sizeSchema.optional(),
});

function checkTogether({ model, guidance, attention }: z.output<typeof parts>, ctx: z.RefinementCtx): void {
  if (guidance !== undefined && guidance.kind !== "none" && guidance.kind !== "nag" && isDistilled(model)) {
    const params = {
      rule: "of kind none or nag for a guidance-distilled model",
      remedy:
        "Guidance is in its weights: use noGuidance(), or nag() for a negative prompt. PLADIS works with such models.",
    };
    ctx.addIssue({ code: "custom", path: ["guidance"], params });
  }
  const places: readonly Place[] = PLACES_OF[model.kind];
  for (const { path, policy: { sites } } of placedPolicies(attention)) {
    if (sites === "all") continue;
    if (sites.every((site) => site.includes(".") || places.includes(site as Place))) continue;
    const params = { rule: `"all", places that ${model.kind} has (${places.join(", ")}), or ids of sites` };
    ctx.addIssue({ code: "custom", path: [...path, "sites"], params });
  }
}

/** @internal */
export const recipeSchema = parts.superRefine(checkTogether).transform((
  { version, model, textEncoder, scheduler, attention, guidance, size },
) => ({
  version,
  model,
  textEncoder,
  scheduler: scheduler ?? defaultScheduler(model),
  attention,
  guidance: guidance ?? defaultGuidance(model),
  ...(size === undefined ? {} : { size }),
}));
