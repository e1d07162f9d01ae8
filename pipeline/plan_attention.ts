/**
 * Which attention policies stand at which sites, and in which form they are computed.
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
import type { DeviceReport } from "../models/runtimes/runtime.ts";
import { chooseSites } from "./choose_sites.ts";
import { type AttentionForm, type AttentionFormRequest, planForm } from "./plan_form.ts";
import type { Recipe, Sites } from "../recipes/recipes.ts";
import { planPolicies, type SitePolicyPlan } from "./plan_policies.ts";
import { type BundleSurvey, surveyed } from "./survey.ts";

/** What attention is in the denoiser, and how it is computed. */
export interface AttentionPlan {
  /** Policies at sites of their own, in the recipe's order; sites of none are softmax. */
  readonly policies: readonly SitePolicyPlan[];
  /** How the sites are computed, and why so. */
  readonly form: AttentionForm;
  readonly why: string;
  /** In kernel form the sites that kernels compute: those of the policies, and others, densely. */
  readonly cut: readonly AttentionSite[];
  /** Sites whose weights are read, for attention maps. */
  readonly taps: readonly AttentionSite[];
  /** Sites that become one operator of the runtime's own. */
  readonly fused: readonly AttentionSite[];
  /** Cross-attention sites found, which equal those declared. */
  readonly found: number;
  /** Self-attention sites found, which a policy takes only by id. */
  readonly selfSites: number;
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
 * Holds the denoiser's cross-attention against the family's declaration, gives the policies their sites and picks the
 * form in which they are computed.
 *
 * @param steps How many steps the schedule has.
 * @param found Every site of the denoiser.
 * @throws {PlanError} if the model has not got the sites that are asked for, or a site would have two policies.
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
  const policies = planPolicies(recipe.attention, { found, taken: cross, source, steps });
  const taps = attentionMaps === undefined ? [] : planTaps(attentionMaps, found, cross, source);
  return {
    policies,
    taps,
    ...planForm({
      taps,
      request: attentionForm,
      device,
      sites: policies.flatMap(({ sites }) => sites),
      all: found,
      cutFault: (cut) => faultOfCutting(model, cut, changingInputs(family)),
    }),
    found: cross.length,
    selfSites: found.filter(({ kind }) => kind === "self").length,
  };
}
