/**
 * A recipe and a bundle become a plan: everything that is decided before a weight is loaded. Pure; plain data.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import { unetGranularity, unetInput } from "../models/families/unet_sites.ts";
import type { DeviceReport } from "../models/runtimes/runtime.ts";
import type { SitePlace } from "../models/surgery/attention_site.ts";
import { findAttentionSites } from "../models/surgery/find_sites.ts";
import { createScheduler, type Scheduler, type SchedulerOptions } from "../ops/solvers/scheduler.ts";
import { parseSchedulerConfig } from "../ops/solvers/scheduler_config.ts";
import type { SchedulerConfig } from "../ops/solvers/scheduler_config_type.ts";
import type { Recipe } from "../recipes/recipes.ts";
import { fileIn } from "./open_component.ts";
import { type AttentionPlan, type FormOptions, planAttention } from "./plan_attention.ts";
import { type GuidancePlan, planGuidance } from "./plan_guidance.ts";
import { planSiteGuidance, type SiteGuidancePlan } from "./plan_site_guidance.ts";
import { planSize, type SizePlan } from "./plan_size.ts";
import { planText, type TextPlan } from "./plan_text.ts";
import { type BundleSurvey, surveyed } from "./survey.ts";
import { planWeak } from "./weak_denoiser.ts";

export type { AttentionPlan, FormOptions, GuidancePlan, SitePlace, SizePlan, TextPlan };

/** How the latents go from noise to image. */
export interface SchedulerPlan {
  readonly solver: string;
  readonly predictionType: string;
  /** The configuration in force: the bundle's own, or the one that the recipe brings. */
  readonly config: SchedulerConfig;
  readonly options: SchedulerOptions;
  readonly timesteps: readonly number[];
  readonly sigmas: readonly number[];
  readonly initNoiseSigma: number;
  /** Index of the first step that is taken: 0, or a later one where a run starts from an image. */
  readonly firstStep: number;
}

/** One component that will be loaded. */
export interface ComponentPlan {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** Everything that is decided before a weight is loaded. `JSON.stringify` shows all of it. */
export interface Plan {
  readonly model: string;
  readonly source: string;
  readonly components: readonly ComponentPlan[];
  readonly bytes: number;
  readonly text: TextPlan;
  readonly attention: AttentionPlan;
  readonly scheduler: SchedulerPlan;
  readonly guidance: GuidancePlan & { readonly within: SiteGuidancePlan };
  readonly size: SizePlan;
  /** Present in the plan of a run that starts from an image: that image's size, and how much of it is given up. */
  readonly image?: { readonly width: number; readonly height: number; readonly strength: number };
  /** Present once a runtime was chosen. */
  readonly device?: DeviceReport;
  /** What a user should know: fields of a configuration that are ignored, and what falls back, with the reason. */
  readonly notes: readonly string[];
}

function planScheduler(
  recipe: Recipe,
  survey: BundleSurvey,
): { scheduler: SchedulerPlan; made: Scheduler; warnings: string[] } {
  const { scheduler } = recipe;
  const path = scheduler.config
    ? "scheduler.config"
    : fileIn(survey.source, "scheduler/scheduler_config.json");
  const found = scheduler.config ?? survey.schedulerConfig;
  const { config, warnings } = parseSchedulerConfig({ ...found, ...survey.family.schedulerOverrides }, path);
  for (const [field, value] of Object.entries(survey.family.schedulerOverrides)) {
    if (field in found && found[field] !== value) {
      warnings.push(`${path}: ${field} is taken as ${value}, as diffusers' pipeline of this family does`);
    }
  }
  const options: SchedulerOptions = {
    // Absent, it is the one that the configuration names.
    ...(scheduler.kind === "bundle" ? {} : { solver: scheduler.kind }),
    steps: scheduler.steps,
    ...("sigmas" in scheduler && scheduler.sigmas !== undefined ? { sigmas: scheduler.sigmas } : {}),
    ...("timesteps" in scheduler && scheduler.timesteps !== undefined
      ? { timesteps: scheduler.timesteps }
      : {}),
    ...("eta" in scheduler && scheduler.eta !== undefined ? { eta: scheduler.eta } : {}),
  };
  const made = createScheduler(config, options);
  const { solver, predictionType, timesteps, sigmas, initNoiseSigma, firstStep } = made;
  return {
    made,
    scheduler: {
      solver,
      predictionType,
      config,
      options,
      timesteps: [...timesteps],
      sigmas: [...sigmas],
      initNoiseSigma,
      firstStep,
    },
    warnings,
  };
}

/** The denoiser must take just what the family feeds it. */
function checkDenoiserInputs(survey: BundleSurvey): void {
  const { family } = survey;
  const { model } = surveyed(survey, family.denoiser);
  const fed = ["sample", "timestep", "encoder_hidden_states", ...family.addedInputs];
  const initializers = new Set(model.proto.graph.initializer.map(({ name }) => name));
  const taken = model.proto.graph.input.map(({ name }) => name).filter((name) => !initializers.has(name));
  const same = fed.every((name) => taken.includes(name)) && taken.every((name) => fed.includes(name));
  if (same) return;
  throw new PlanError({
    doing: `plan ${survey.source} as ${family.title}`,
    what: `inputs of ${model.path}`,
    rule: fed.join(", "),
    got: taken.join(", "),
    remedy: "The denoiser is of another family, or was exported for another purpose.",
  });
}

/**
 * Plans a recipe against a bundle.
 *
 * @param recipe What to make.
 * @param survey What the bundle holds (`surveyBundle`).
 * @param options The runtime that was chosen, when it is known, and the form of attention that is asked for.
 * @throws {PlanError} if the recipe and the bundle do not fit together.
 * @throws {GraphError} if the attention sites found are not those that the family declares.
 * @throws {BundleError} if a configuration in the bundle cannot be used, naming its field.
 */
export function plan(recipe: Recipe, survey: BundleSurvey, options: FormOptions = {}): Plan {
  const { device } = options;
  checkDenoiserInputs(survey);
  const { scheduler, made, warnings } = planScheduler(recipe, survey);
  const text = planText(recipe, survey);
  const { model, config: unet } = surveyed(survey, survey.family.denoiser);
  const found = findAttentionSites(model, survey.family.inputs);
  const attention = planAttention(recipe, survey, scheduler.timesteps.length, found, options);
  const size = planSize(
    recipe.size,
    unetInput(unet),
    unetGranularity(unet),
    surveyed(survey, "vae_decoder").config,
  );
  const { config, options: { eta } } = scheduler;
  const weak = planWeak(recipe, survey);
  const components = [...survey.components.values(), ...(weak ? [weak] : [])]
    .map(({ name, model, bytes }): ComponentPlan => ({ name, path: model.path, bytes }));
  return {
    model: survey.family.kind,
    source: survey.source,
    components,
    bytes: components.reduce((sum, { bytes }) => sum + bytes, 0),
    text,
    attention,
    scheduler,
    guidance: {
      ...planGuidance(recipe.guidance, made, config, eta),
      within: planSiteGuidance(recipe.guidance, found, unet, survey.source),
    },
    size,
    ...(device ? { device } : {}),
    notes: [...warnings, ...text.notes],
  };
}
