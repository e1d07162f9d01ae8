/**
 * A recipe in words.
 *
 * @module
 */
import { describeAttention } from "./describe_attention.ts";
import { describeGuidance } from "./describe_guidance.ts";
import type { Model } from "./recipe_model.ts";
import type { Recipe } from "./recipe.ts";
import type { SchedulerRecipe } from "./recipe_scheduler.ts";
import { sigmasText } from "./scheduler/sigmas_choice.ts";
import { SOLVER_TITLES } from "./scheduler/solver_kinds.ts";

/** One short line for each part of a recipe, under the part's key. */
export interface RecipeDescription {
  readonly model: string;
  readonly textEncoder: string;
  readonly scheduler: string;
  readonly attention: string;
  readonly guidance: string;
  readonly size: string;
}

const FAMILY_NAMES = {
  "stable-diffusion": "Stable Diffusion",
  "stable-diffusion-xl": "Stable Diffusion XL",
} as const;
const SOLVER_NAMES = { ...SOLVER_TITLES, bundle: "the model's own solver" } as const;

function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter(Boolean).join(", ");
}

function modelLine(model: Model): string {
  if (model.kind === "pocket") return "pocket, the bundled model";
  if (model.kind === "pocket-turbo") return "pocket-turbo, the bundled guidance-distilled model";
  return words(
    `${FAMILY_NAMES[model.kind]} from ${model.source}`,
    model.guidanceDistilled && "guidance-distilled",
  );
}

function schedulerLine({ kind, steps, sigmas, timesteps, eta, config }: SchedulerRecipe): string {
  return words(
    SOLVER_NAMES[kind],
    steps === 1 ? "1 step" : `${steps} steps`,
    sigmas && sigmasText(sigmas),
    timesteps && `timesteps ${timesteps.join(" ")}`,
    eta !== undefined && eta > 0 && `η ${eta}`,
    config && "with a configuration of the recipe's",
  );
}

/** A recipe in words, part by part. Knows nothing of the bundle. */
export function describeRecipe(
  { model, textEncoder, scheduler, attention, guidance, size }: Recipe,
): RecipeDescription {
  const { clipSkip } = textEncoder;
  return {
    model: modelLine(model),
    textEncoder: clipSkip === 0 ? "last layer" : `last layer but ${clipSkip}`,
    scheduler: schedulerLine(scheduler),
    attention: describeAttention(attention),
    guidance: describeGuidance(guidance),
    size: size === undefined ? "the model's own" : `${size.width} x ${size.height} pixels`,
  };
}
