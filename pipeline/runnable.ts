/**
 * Loaded models under a recipe: what `pipeline` gives its user.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { Models } from "./compile_models.ts";
import { DEFAULT_IMAGES, runOnce, type RunOptions } from "./run_once.ts";
import type { Image } from "./image.ts";
import type { Pipeline } from "./pipeline_type.ts";
import { type Plan, plan as makePlan } from "./plan.ts";
import type { BundleSurvey } from "./survey.ts";
import type { Turns } from "./turns.ts";

/** What pipelines over the same sessions share. */
export interface Loaded {
  /** Without weights. */
  readonly survey: BundleSurvey;
  readonly models: Models;
  readonly turns: Turns;
  readonly hashes: () => Promise<Readonly<Record<string, string>>>;
  readonly onNotice: (line: string) => void;
}

/** The parts of a plan that were compiled into graphs. */
function compiled({ source, text, attention }: Plan): string {
  const { policy, sites } = attention;
  const alpha = policy.kind === "dense" ? undefined : policy.alpha;
  return JSON.stringify({
    source,
    encoders: text.encoders,
    kind: policy.kind,
    alpha,
    sites: sites.map(({ id }) => id),
  });
}

function checkCompiled(from: Plan, to: Plan): void {
  if (compiled(from) === compiled(to)) return;
  throw new PlanError({
    doing: "put loaded models under another recipe",
    what: "its model, clipSkip, and attention's kind, alpha and sites",
    rule: compiled(from),
    got: compiled(to),
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
  const { survey: { family, tokenizers }, models, turns, hashes, onNotice } = loaded;
  const encoder = {
    family,
    plan: plan.text,
    size: plan.size,
    tokenizers,
    sessions: models.textEncoders,
    onNotice,
  };
  const context = { recipe, plan, models, encoder, hashes };

  function generate(
    prompt: string,
    options: RunOptions & { images?: number } = {},
  ): Promise<Image | Image[]> {
    return turns.take(async () => {
      const made = await runOnce(context, prompt, options, options.images ?? DEFAULT_IMAGES);
      return options.images === undefined ? made[0] : made;
    });
  }

  return {
    recipe,
    plan,
    device: plan.device as Pipeline["device"],
    generate: generate as Pipeline<R>["generate"],
    under(other) {
      const otherPlan = makePlan(other, loaded.survey, plan.device);
      checkCompiled(plan, otherPlan);
      return runnable(loaded, other, otherPlan, () => Promise.resolve());
    },
    [Symbol.asyncDispose]: dispose,
  };
}
