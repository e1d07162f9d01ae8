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
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import { matchSites } from "../models/surgery/match_sites.ts";
import { whyNotTapped } from "../models/surgery/tap_weights.ts";
import type { AttentionPolicy } from "../ops/attention/policy.ts";
import { LAMBDA_INPUT, MOST_LAMBDA, policyInputs, TEMPERATURE_INPUT } from "../ops/attention/policy.ts";
import { shareAt } from "../ops/guidance/scale_schedule.ts";
import { inStepInterval } from "../ops/schedule/step_interval.ts";
import type { DeviceReport } from "../models/runtimes/runtime.ts";
import { chooseSites } from "./choose_sites.ts";
import { type AttentionForm, type AttentionFormRequest, planForm } from "./plan_form.ts";
import type { Recipe, Sites } from "../recipes/recipes.ts";
import { type BundleSurvey, surveyed } from "./survey.ts";

/** What the policy does to the denoiser. */
export interface AttentionPlan {
  readonly policy: AttentionPolicy;
  /** How the sites are computed, and why so. */
  readonly form: AttentionForm;
  readonly why: string;
  /** In kernel form the sites that kernels compute: those of the policy, and all others, densely. */
  readonly cut: readonly AttentionSite[];
  /** Sites whose weights are read, for attention maps. */
  readonly taps: readonly AttentionSite[];
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
    case "temperature":
      return { kind: "temperature", temperature: attention.temperature };
    case "pladis":
      return { kind: "pladis", lambda: attention.lambda, alpha: attention.alpha };
    default:
      return attention satisfies never;
  }
}

/** The values that leave a policy's weights softmax. */
const AS_SOFTMAX: Readonly<Record<string, number>> = { [LAMBDA_INPUT]: 0, [TEMPERATURE_INPUT]: 1 };

/** What the policy's inputs are at each step; where it does not reach, it is softmax. */
function inputsAtSteps(recipe: Recipe, policy: AttentionPolicy, steps: number): AttentionPlan["inputs"] {
  const { attention } = recipe;
  const interval = "interval" in attention ? attention.interval : undefined;
  const schedule = attention.kind === "pladis" ? attention.schedule : undefined;
  const at = (name: string, value: number) =>
    Array.from({ length: steps }, (_, i) => {
      if (interval && !inStepInterval(i, steps, interval)) return AS_SOFTMAX[name];
      const used = value * shareAt(schedule, i, steps);
      if (used >= 0 && used <= MOST_LAMBDA || !schedule) return used;
      throw new PlanError({
        doing: `plan ${attention.kind}`,
        what: "attention.schedule",
        rule: `shares of λ ${value} that come to ${MOST_LAMBDA} at most`,
        got: `λ ${used} at step ${i + 1}`,
      });
    });
  return Object.fromEntries(
    Object.entries(policyInputs(policy)).map(([name, value]) => [name, at(name, value)]),
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
  /** Where attention maps are recorded: all cross-attention, or some places and sites by id. Default: nowhere. */
  readonly attentionMaps?: Sites;
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

/** Sites whose weights are to be read. */
function planTaps(
  asked: Sites,
  found: readonly AttentionSite[],
  cross: readonly AttentionSite[],
  source: string,
): AttentionSite[] {
  const taps = chooseSites(
    { kind: "attention maps", field: "attentionMaps", sites: asked },
    found,
    cross,
    source,
  );
  if (taps.length === 0) {
    throw new PlanError({
      doing: `plan attention maps for ${source}`,
      what: "attentionMaps",
      rule: "one site or more",
      got: asked,
      remedy: 'Take "all", or leave it out for no maps.',
    });
  }
  for (const site of taps) {
    const reason = whyNotTapped(site);
    if (reason === undefined) continue;
    throw new PlanError({
      doing: `plan attention maps for ${source}`,
      what: `attentionMaps: ${site.id}`,
      rule: "a site whose weights can be read",
      got: reason,
      remedy: "Export the model without attention fusion, or leave the site out.",
    });
  }
  return taps;
}

/**
 * Holds the denoiser's cross-attention against the family's declaration, picks the policy's sites and the form
 * in which they are computed.
 *
 * @param steps How many steps the schedule has.
 * @param found Every site of the denoiser.
 */
export function planAttention(
  recipe: Recipe,
  survey: BundleSurvey,
  steps: number,
  found: readonly AttentionSite[],
  { device, attentionForm = DEFAULT_ATTENTION_FORM, attentionMaps }: FormOptions = {},
): AttentionPlan {
  const { family, source } = survey;
  const { model, config } = surveyed(survey, family.denoiser);
  const cross = found.filter(({ kind }) => kind !== "self");
  matchSites(model.path, cross, family.declaredSites(config));
  const policy = policyOf(recipe.attention);
  const sites = recipe.attention.kind === "dense" ? [] : chooseSites(recipe.attention, found, cross, source);
  const taps = attentionMaps === undefined ? [] : planTaps(attentionMaps, found, cross, source);
  return {
    policy,
    taps,
    ...planForm({
      taps,
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
