/**
 * Attention policies, the sites that each takes, and what goes into each at every step.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import type { SitePolicy } from "../models/runtimes/cut_side.ts";
import {
  type AttentionPolicy,
  inputOfPolicy,
  LAMBDA_INPUT,
  MOST_LAMBDA,
  policyInputs,
  TEMPERATURE_INPUT,
} from "../ops/attention/policy.ts";
import { shareAt } from "../ops/guidance/scale_schedule.ts";
import { inStepInterval } from "../ops/schedule/step_interval.ts";
import type { PlacedPolicy } from "../recipes/attention/placed_policy.ts";
import { pathText } from "../recipes/data_path.ts";
import { placedPolicies } from "../recipes/recipe_attention.ts";
import type { Recipe } from "../recipes/recipes.ts";
import { chooseSites } from "./choose_sites.ts";

/** One policy of a recipe. */
export interface SitePolicyPlan {
  readonly policy: AttentionPolicy;
  /** The sites that it takes, which no other policy does. */
  readonly sites: readonly AttentionSite[];
  /** For each graph input that the policy adds, its value at each step; they can change from run to run. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

/** What policies are planned against. */
export interface PoliciesChoice {
  /** Every site of the denoiser. */
  readonly found: readonly AttentionSite[];
  /** Those that a policy takes unless it is told others. */
  readonly taken: readonly AttentionSite[];
  /** Where the model is from, for messages. */
  readonly source: string;
  /** How many steps the schedule has. */
  readonly steps: number;
}

/** The values that leave a policy's weights softmax. */
const AS_SOFTMAX: Readonly<Record<string, number>> = { [LAMBDA_INPUT]: 0, [TEMPERATURE_INPUT]: 1 };

function policyOf(placed: PlacedPolicy): AttentionPolicy {
  switch (placed.kind) {
    case "entmax":
      return { kind: "entmax", alpha: placed.alpha };
    case "temperature":
      return { kind: "temperature", temperature: placed.temperature };
    case "pladis":
      return { kind: "pladis", lambda: placed.lambda, alpha: placed.alpha };
    default:
      return placed satisfies never;
  }
}

/** What the inputs of policy i are at each step; where it does not reach, it is softmax. */
function inputsAtSteps(placed: PlacedPolicy, i: number, field: string, steps: number) {
  const interval = "interval" in placed ? placed.interval : undefined;
  const schedule = placed.kind === "pladis" ? placed.schedule : undefined;
  const at = (name: string, value: number) =>
    Array.from({ length: steps }, (_, step) => {
      if (interval && !inStepInterval(step, steps, interval)) return AS_SOFTMAX[name];
      const used = value * shareAt(schedule, step, steps);
      if (used >= 0 && used <= MOST_LAMBDA || !schedule) return used;
      throw new PlanError({
        doing: `plan ${placed.kind}`,
        what: `${field}.schedule`,
        rule: `shares of λ ${value} that come to ${MOST_LAMBDA} at most`,
        got: `λ ${used} at step ${step + 1}`,
      });
    });
  return Object.fromEntries(
    Object.entries(policyInputs(policyOf(placed)))
      .map(([name, value]) => [inputOfPolicy(name, i), at(name, value)]),
  );
}

/** @throws {PlanError} if a site has two policies. */
function checkApart(
  chosen: readonly { readonly field: string; readonly sites: readonly AttentionSite[] }[],
  source: string,
) {
  for (const [i, { field, sites }] of chosen.entries()) {
    for (const other of chosen.slice(0, i)) {
      const shared = sites.filter((site) => other.sites.includes(site));
      if (shared.length === 0) continue;
      const more = shared.length > 1 ? ` and ${shared.length - 1} more` : "";
      throw new PlanError({
        doing: `plan attention for ${source}`,
        what: `${field}.sites`,
        rule: `sites that ${other.field}.sites has not got`,
        got: `${shared[0].id}${more}`,
        remedy: "A site has one policy: name places or ids so that each site is in one of them.",
      });
    }
  }
}

/**
 * Gives the recipe's policies their sites.
 *
 * @throws {PlanError} if the model has not got the sites that are asked for, a site would have two policies, or a
 *   schedule leads beyond the largest λ.
 */
export function planPolicies(
  attention: Recipe["attention"],
  { found, taken, source, steps }: PoliciesChoice,
): SitePolicyPlan[] {
  const chosen = placedPolicies(attention).map(({ path, policy: placed }) => {
    const field = pathText(path), { kind, sites: asked } = placed;
    const sites = chooseSites({ kind, field: `${field}.sites`, sites: asked }, found, taken, source);
    return { placed, field, sites };
  });
  checkApart(chosen, source);
  return chosen.map(({ placed, field, sites }, i) => ({
    policy: policyOf(placed),
    sites,
    inputs: sites.length > 0 ? inputsAtSteps(placed, i, field, steps) : {},
  }));
}

/** The values of all policies' graph inputs at each step. */
export function allInputs(policies: readonly SitePolicyPlan[]): SitePolicyPlan["inputs"] {
  return Object.assign({}, ...policies.map(({ inputs }) => inputs));
}

/** Which policy stands at a site, with λ or T as a run's feeds tell it; sites of no policy stay dense. */
export function policyAtSite(policies: readonly SitePolicyPlan[]): SitePolicy {
  const at = new Map(policies.flatMap(({ policy, sites }, i) => sites.map(({ id }) => [id, { policy, i }])));
  return ({ id }, feeds) => {
    const here = at.get(id);
    if (!here) return { kind: "dense" };
    const { policy, i } = here;
    const told = (name: string, otherwise: number) =>
      Number(feeds[inputOfPolicy(name, i)]?.data[0] ?? otherwise);
    switch (policy.kind) {
      case "pladis":
        return { ...policy, lambda: told(LAMBDA_INPUT, policy.lambda) };
      case "temperature":
        return { ...policy, temperature: told(TEMPERATURE_INPUT, policy.temperature) };
      default:
        return policy;
    }
  };
}
