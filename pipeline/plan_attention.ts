/**
 * Which attention sites a policy takes, and in which form.
 *
 * @module
 */
import { GraphError, PlanError } from "../errors.ts";
import type { Family } from "../models/families/family.ts";
import type { OnnxModel } from "../models/onnx/read_onnx.ts";
import { cutGraph } from "../models/surgery/cut_graph.ts";
import type { CuttableSite } from "../models/surgery/cuttable_site.ts";
import type { AttentionSite, SitePlace } from "../models/surgery/attention_site.ts";
import { findAttentionSites } from "../models/surgery/find_sites.ts";
import { matchSites } from "../models/surgery/match_sites.ts";
import type { AttentionPolicy } from "../ops/attention/policy.ts";
import { policyInputs } from "../ops/attention/policy.ts";
import { inStepInterval } from "../ops/schedule/step_interval.ts";
import type { DeviceReport } from "../models/runtimes/runtime.ts";
import { type AttentionForm, type AttentionFormRequest, planForm } from "./plan_form.ts";
import type { Recipe } from "../recipes/recipes.ts";
import { type BundleSurvey, surveyed } from "./survey.ts";

/** What the policy does to the denoiser. */
export interface AttentionPlan {
  readonly policy: AttentionPolicy;
  /** How the sites are computed, and why so. */
  readonly form: AttentionForm;
  readonly why: string;
  /** In kernel form the sites that kernels compute: those of the policy, and all others, densely. */
  readonly cut: readonly AttentionSite[];
  /** Sites that become one operator of the runtime's own. */
  readonly fused: readonly AttentionSite[];
  /** The sites that the policy takes. */
  readonly sites: readonly AttentionSite[];
  /** Cross-attention sites found, which equal those declared. */
  readonly found: number;
  /** Self-attention sites, which no policy here takes. */
  readonly selfSites: number;
  /** For each graph input that the policy adds, its value at each step; they can change from run to run. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

function policyOf(attention: Recipe["attention"]): AttentionPolicy {
  switch (attention.kind) {
    case "dense":
      return { kind: "dense" };
    case "entmax":
      return { kind: "entmax", alpha: attention.alpha };
    case "pladis":
      return { kind: "pladis", lambda: attention.lambda, alpha: attention.alpha };
    default:
      return attention satisfies never;
  }
}

function chooseSites(
  attention: Recipe["attention"],
  cross: readonly AttentionSite[],
  source: string,
): AttentionSite[] {
  if (attention.kind === "dense") return [];
  if (attention.sites === "all") return [...cross];
  const places = attention.sites as readonly SitePlace[];
  for (const place of places) {
    if (cross.some((site) => site.place === place)) continue;
    throw new PlanError({
      doing: `plan ${attention.kind} for ${source}`,
      what: "attention.sites",
      rule: `places where this model has cross-attention (${
        [...new Set(cross.map((site) => site.place))].join(", ")
      })`,
      got: place,
    });
  }
  return cross.filter(({ place }) => place !== undefined && places.includes(place));
}

/** λ is 0, which is softmax, where the policy does not reach. */
function inputsAtSteps(recipe: Recipe, policy: AttentionPolicy, steps: number): AttentionPlan["inputs"] {
  const { attention } = recipe;
  const reaches = (i: number) => attention.kind !== "pladis" || inStepInterval(i, steps, attention.interval);
  return Object.fromEntries(
    Object.entries(policyInputs(policy)).map((
      [name, value],
    ) => [name, Array.from({ length: steps }, (_, i) => reaches(i) ? value : 0)]),
  );
}

/** What the choice of the form depends on. */
export interface FormOptions {
  /** The runtime, when it is known. */
  readonly device?: DeviceReport;
  /**
   * The form that the user asks for.
   *
   * @default {"auto"}
   */
  readonly attentionForm?: AttentionFormRequest;
}
export const DEFAULT_ATTENTION_FORM = "auto";

/** Why a graph cannot be cut at sites; undefined if it can. */
function faultOfCutting(
  model: OnnxModel,
  cut: readonly CuttableSite[],
  changing: ReadonlySet<string>,
): string | undefined {
  try {
    cutGraph(model, cut, changing);
    return undefined;
  } catch (error) {
    if (error instanceof GraphError) return error.message;
    throw error;
  }
}

/** What a denoiser takes that changes from step to step; all else is the prompt's. */
export function changingInputs({ inputs }: Family): ReadonlySet<string> {
  return new Set([inputs.image, "timestep"]);
}

/**
 * Finds the denoiser's cross-attention, holds it against the family's declaration, picks the policy's sites and the form
 * in which they are computed.
 *
 * @param steps How many steps the schedule has.
 */
export function planAttention(
  recipe: Recipe,
  survey: BundleSurvey,
  steps: number,
  { device, attentionForm = DEFAULT_ATTENTION_FORM }: FormOptions = {},
): AttentionPlan {
  const { family, source } = survey;
  const { model, config } = surveyed(survey, family.denoiser);
  const found = findAttentionSites(model, family.inputs);
  const cross = found.filter(({ kind }) => kind !== "self");
  matchSites(model.path, cross, family.declaredSites(config));
  const policy = policyOf(recipe.attention);
  const sites = chooseSites(recipe.attention, cross, source);
  return {
    policy,
    ...planForm({
      request: attentionForm,
      device,
      sites,
      all: found,
      cutFault: (cut) => faultOfCutting(model, cut, changingInputs(family)),
    }),
    sites,
    found: cross.length,
    selfSites: found.filter(({ kind }) => kind === "self").length,
    inputs: sites.length ? inputsAtSteps(recipe, policy, steps) : {},
  };
}
