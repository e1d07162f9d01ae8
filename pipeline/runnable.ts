/**
 * Loaded models under a recipe: what `pipeline` gives its user.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import { alphaOf } from "../ops/attention/policy.ts";
import type { Recipe } from "../recipes/recipes.ts";
import { type RunContext, runOnce, type RunOptions } from "./run_once.ts";
import type { Engine, EngineKeeper } from "./engine.ts";
import type { Image } from "./image.ts";
import type { Pipeline } from "./pipeline_type.ts";
import { type FormOptions, type Plan, plan as makePlan } from "./plan.ts";
import type { BundleSurvey } from "./survey.ts";
import type { Turns } from "./turns.ts";

/** What pipelines over the same sessions share. */
export interface Loaded {
  /** Without weights. */
  readonly survey: BundleSurvey;
  readonly engine: EngineKeeper;
  /** The runtime, and the form of attention that was asked for. */
  readonly form: FormOptions;
  readonly turns: Turns;
  readonly hashes: () => Promise<Readonly<Record<string, string>>>;
  readonly onNotice: (line: string) => void;
}

/** What was compiled into graphs: the model, and the parts of a plan that are in them. */
function compiled({ model }: Recipe, { source, text, attention, guidance }: Plan): string {
  const { form, policies, cut } = attention;
  const ids = (list: readonly AttentionSite[]) => list.map(({ id }) => id);
  // Where kernels compute the sites, the graphs know nothing of the policies.
  const sites = form === "kernel" ? { cut: ids(cut) } : {
    attention: policies.map(({ policy, sites }) => ({
      kind: policy.kind,
      alpha: alphaOf(policy),
      sites: ids(sites),
    })),
  };
  const inGraphs = { ...sites, fused: ids(attention.fused) };
  const { pag, seg, slg, nag } = guidance.within;
  const within = { pag: ids(pag), seg: ids(seg.map(({ site }) => site)), slg: ids(slg), nag: ids(nag) };
  const guided = [pag, seg, slg, nag].some(({ length }) => length > 0) ? { within } : {};
  const { rule } = guidance, beside = rule.kind === "auto" ? { weak: rule.weak } : {};
  return JSON.stringify({ model, source, encoders: text.encoders, ...inGraphs, ...guided, ...beside });
}

function checkCompiled(loaded: string, wanted: string): void {
  if (loaded === wanted) return;
  throw new PlanError({
    doing: "put loaded models under another recipe",
    what: "its model, clipSkip, and attention's kind, alpha and sites",
    rule: loaded,
    got: wanted,
    remedy: "Load the other recipe with pipeline().",
  });
}

/**
 * A pipeline over loaded models.
 *
 * @param dispose Gives the models back; a pipeline that only borrows them has nothing to give.
 */
export function runnable<R extends Recipe>(
  loaded: Loaded,
  recipe: R,
  plan: Plan,
  dispose: () => Promise<void>,
): Pipeline<R> {
  const { survey: { family, tokenizers }, engine, turns, hashes, onNotice } = loaded;
  const encoder = { family, plan: plan.text, size: plan.size, tokenizers, onNotice };
  const contextOn = ({ models, imageEncoder }: Engine): RunContext => ({
    recipe,
    plan,
    models,
    encoder: { ...encoder, sessions: models.textEncoders },
    imageEncoder,
    hashes,
  });

  function generate(
    prompt: string | readonly string[],
    options: RunOptions & { images?: number } = {},
  ): Promise<Image | Image[]> {
    const { images } = options;
    return turns.take(async () => {
      const made = await engine.use((on) => runOnce(contextOn(on), prompt, options, images));
      return typeof prompt === "string" && images === undefined ? made[0] : made;
    });
  }

  return {
    recipe,
    plan,
    device: plan.device as Pipeline["device"],
    generate: generate as Pipeline<R>["generate"],
    fits(other) {
      return JSON.stringify(other.model) === JSON.stringify(recipe.model) &&
        compiled(recipe, plan) === compiled(other, makePlan(other, loaded.survey, loaded.form));
    },
    under(other) {
      const otherPlan = makePlan(other, loaded.survey, loaded.form);
      checkCompiled(compiled(recipe, plan), compiled(other, otherPlan));
      return runnable(loaded, other, otherPlan, () => Promise.resolve());
    },
    [Symbol.asyncDispose]: dispose,
  };
}
