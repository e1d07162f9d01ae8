/**
 * The worse network of AutoGuidance.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { Bundle } from "../models/bundle/bundle.ts";
import { familyOf } from "../models/families/find_family.ts";
import type { Recipe } from "../recipes/recipes.ts";
import { type BundleSurvey, type ComponentSurvey, surveyDenoiser, surveyed } from "./survey.ts";

/** What the plan and messages call it. */
export const WEAK_DENOISER = "weak denoiser";

/** The model that a recipe's guidance wants beside its own; undefined for most. */
export function weakModelOf({ guidance }: Recipe): Recipe["model"] | undefined {
  return guidance.kind === "auto" ? guidance.weak : undefined;
}

/** Looks at the worse network's bundle. */
export async function surveyWeak(
  bundle: Bundle,
  model: Recipe["model"],
  signal?: AbortSignal,
): Promise<NonNullable<BundleSurvey["weak"]>> {
  const component = await surveyDenoiser(bundle, familyOf(model.kind).denoiser, signal);
  return { source: bundle.source, component: { ...component, name: WEAK_DENOISER } };
}

/** What both networks must have in common: the shapes of what goes in. */
const SHARED = ["in_channels", "cross_attention_dim"] as const;

/**
 * The worse network, if the recipe wants one.
 *
 * @throws {PlanError} if it takes other inputs than the model's own.
 */
export function planWeak(recipe: Recipe, survey: BundleSurvey): ComponentSurvey | undefined {
  const wanted = weakModelOf(recipe), { weak } = survey;
  if (!wanted) return undefined;
  const refuse = (what: string, rule: string, got: unknown): never => {
    const remedy = "Take a worse version of the same model, such as an earlier checkpoint.";
    throw new PlanError({ doing: `plan AutoGuidance for ${survey.source}`, what, rule, got, remedy });
  };
  if (!weak) return refuse("guidance.weak", "a model that was looked at", "none");
  const own = surveyed(survey, survey.family.denoiser);
  for (const field of SHARED) {
    const [mine, other] = [own, weak.component].map(({ config }) => config.values[field]);
    if (mine !== other) refuse(`${field} of ${weak.source}`, `${mine}, the model's own`, other);
  }
  const inputs = ({ model: { proto: { graph } } }: ComponentSurvey) => {
    const weights = new Set(graph.initializer.map(({ name }) => name));
    return graph.input.map(({ name }) => name).filter((name) => !weights.has(name)).sort().join(", ");
  };
  if (inputs(own) !== inputs(weak.component)) {
    refuse(`inputs of ${weak.source}`, inputs(own), inputs(weak.component));
  }
  return weak.component;
}
