/**
 * How prompts become the denoiser's conditioning.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import { numberField } from "../models/families/config_fields.ts";
import type { HiddenState, TextEncoderPart } from "../models/families/family.ts";
import type { Recipe } from "../recipes/recipes.ts";
import { type BundleSurvey, surveyed } from "./survey.ts";

/** One text encoder in a plan. */
export interface TextEncoderPlan {
  readonly component: string;
  readonly hiddenState: HiddenState;
  /** The negative prompt's; clipSkip does not reach it, as in diffusers. */
  readonly negativeHiddenState: HiddenState;
  /** The output with the pooled embedding. */
  readonly pooled?: string;
}

/** How prompts are encoded. */
export interface TextPlan {
  readonly encoders: readonly TextEncoderPlan[];
  /** K, the length to which prompts are padded or cut. */
  readonly tokens: number;
  /** Whether an absent negative prompt is zeros rather than the empty text. */
  readonly zeroNegative: boolean;
  readonly notes: readonly string[];
}

function planEncoder(part: TextEncoderPart, clipSkip: number, survey: BundleSurvey): TextEncoderPlan {
  const { config, model } = surveyed(survey, part.component);
  const layers = numberField(config, "num_hidden_layers");
  if (clipSkip >= layers) {
    throw new PlanError({
      doing: `plan ${survey.source}`,
      what: "textEncoder.clipSkip",
      rule: `less than the ${layers} layers of ${part.component}`,
      got: clipSkip,
    });
  }
  const hiddenState = part.hiddenState(layers, clipSkip), negativeHiddenState = part.hiddenState(layers, 0);
  const outputs = model.proto.graph.output.map(({ name }) => name);
  const wanted = [hiddenState, negativeHiddenState]
    .map((state) => state.kind === "output" ? state.name : "last_hidden_state").concat(part.pooled ?? []);
  for (const name of wanted) {
    if (outputs.includes(name)) continue;
    throw new PlanError({
      doing: `plan ${survey.source}`,
      what: `outputs of ${model.path}`,
      rule: `include "${name}"`,
      got: outputs.join(", "),
      remedy: "Export the text encoder with output_hidden_states.",
    });
  }
  return {
    component: part.component,
    hiddenState,
    negativeHiddenState,
    ...(part.pooled ? { pooled: part.pooled } : {}),
  };
}

/**
 * @throws {PlanError} if the text encoders lack the outputs that the family needs, or their lengths differ.
 */
export function planText(recipe: Recipe, survey: BundleSurvey): TextPlan {
  const { family, tokenizers } = survey;
  const { clipSkip } = recipe.textEncoder;
  const lengths = tokenizers.map(({ maxLength }) => maxLength);
  if (new Set(lengths).size > 1) {
    throw new PlanError({
      doing: `plan ${survey.source}`,
      what: "model_max_length of its tokenizers",
      rule: "equal",
      got: lengths,
    });
  }
  return {
    encoders: family.textEncoders.map((part) => planEncoder(part, clipSkip, survey)),
    tokens: lengths[0],
    zeroNegative: family.zeroNegative(survey.modelIndex),
    notes: [],
  };
}
