/**
 * The recipe that the flags ask for.
 *
 * @module
 */

import {
  GUIDANCE_KINDS,
  parseRecipe,
  pocket,
  type Recipe,
  recipe,
  SIGMAS_KINDS,
} from "../recipes/recipes.ts";
import { blameFlag } from "./flag_of_path.ts";
import type { RecipeFlags } from "./generate_flags.ts";
import { usageError } from "./usage_error.ts";

/** The kinds of guidance that --scale and --rescale say nothing to. */
const NO_SCALE: readonly string[] = ["none", "fdg", "cfg_pp"],
  NO_RESCALE: readonly string[] = ["none", "cfg_pp"];

/** What the flags refer to, loaded. */
export interface FlagFiles {
  /** The recipe that `--recipe` names. */
  readonly recipe?: Recipe;
  /** The model that `--model` names. */
  readonly model?: Recipe["model"];
  /** The JSON of the file that `--scheduler` names. */
  readonly schedulerConfig?: Readonly<Record<string, unknown>>;
}

/**
 * The recipe that the flags ask for: that of `--recipe`, or the default one, with the other flags' values in place
 * of its own.
 *
 * @throws {UsageError} If flags contradict each other, or a value breaks the recipe's schema.
 */
export function recipeFromFlags(flags: RecipeFlags, files: FlagFiles = {}): Recipe {
  const { model } = files;
  const base = files.recipe ?? recipe({ model: model ?? pocket() });
  const size = sizeOf(flags, base);
  const wanted = {
    ...base,
    model: model ?? base.model,
    textEncoder: {
      ...base.textEncoder,
      ...(flags.clipSkip === undefined ? {} : { clipSkip: flags.clipSkip }),
    },
    scheduler: schedulerOf(flags, base.scheduler, files.schedulerConfig),
    attention: attentionOf(flags, base.attention),
    guidance: guidanceOf(flags, base.guidance),
    ...(size === undefined ? {} : { size }),
  };
  try {
    return parseRecipe(wanted);
  } catch (error) {
    throw blameFlag(error, flags);
  }
}

function schedulerOf(
  flags: RecipeFlags,
  base: Recipe["scheduler"],
  file: Readonly<Record<string, unknown>> | undefined,
): object {
  // a scheduler_config.json says which solver it is for
  const kind = flags.solver ?? (file !== undefined && "_class_name" in file ? "bundle" : base.kind);
  const spaced = SIGMAS_KINDS.some((each) => each === kind);
  if (flags.sigmas !== undefined && !spaced) {
    const remedy = "Add --solver euler or --solver dpmpp_2m.";
    throw usageError({
      what: "--sigmas",
      rule: "used with a solver whose noise levels can be chosen",
      got: kind,
      remedy,
    });
  }
  const config = file ?? base.config;
  const sigmas = flags.sigmas ?? ("sigmas" in base ? base.sigmas : undefined);
  return {
    kind,
    steps: flags.steps ?? base.steps,
    ...(kind === base.kind && "eta" in base ? { eta: base.eta } : {}),
    ...(kind === base.kind && "timesteps" in base && base.timesteps ? { timesteps: base.timesteps } : {}),
    ...(spaced && sigmas !== undefined ? { sigmas } : {}),
    ...(config === undefined ? {} : { config }),
  };
}

/** The flags that some policies have, and which. */
const POLICY_FLAGS = [
  { flag: "--lambda", key: "lambda", kinds: ["pladis"] },
  { flag: "--alpha", key: "alpha", kinds: ["pladis", "entmax"] },
  { flag: "--temperature", key: "temperature", kinds: ["temperature"] },
  { flag: "--sites", key: "sites", kinds: ["pladis", "entmax", "temperature"] },
] as const;

function attentionOf(flags: RecipeFlags, base: Recipe["attention"]): object {
  // what one policy alone has says which is meant; what several have does not
  const implied = POLICY_FLAGS.find(({ key, kinds }) => flags[key] !== undefined && kinds.length === 1)
    ?.kinds[0];
  const kind = flags.attention ?? implied ?? base.kind;
  const given = POLICY_FLAGS.filter(({ key }) => flags[key] !== undefined);
  if (base.kind === "by-site" && flags.attention === undefined && given.length > 0) {
    throw usageError({
      what: given[0].flag,
      rule: "left out where the recipe has policies by site: it does not say which of them is meant",
      got: flags[given[0].key],
      remedy: "Change attention.policies in the recipe, or put one policy in their place with --attention.",
    });
  }
  for (const { flag, kinds } of given) {
    if ((kinds as readonly string[]).includes(kind)) continue;
    const remedy = kinds.length > 1
      ? `Add ${kinds.map((each) => `--attention ${each}`).join(" or ")}.`
      : undefined;
    throw usageError({
      what: flag,
      rule: `used with --attention ${kinds.join(" or ")}`,
      got: kind,
      ...(remedy ? { remedy } : {}),
    });
  }
  if (kind === "dense") return { kind };
  const kept = POLICY_FLAGS.filter(({ key, kinds }) =>
    (kinds as readonly string[]).includes(kind) && key in base
  )
    .map(({ key }) => [key, (base as unknown as Record<string, unknown>)[key]]);
  return {
    // what the base has of another kind, such as an interval, is that kind's own
    ...(kind === base.kind ? base : { kind, ...Object.fromEntries(kept) }),
    ...Object.fromEntries(given.map(({ key }) => [key, flags[key]])),
  };
}

function guidanceOf(flags: RecipeFlags, base: Recipe["guidance"]): object {
  const { scale, rescale } = flags;
  const asked = scale !== undefined || rescale !== undefined;
  const kind = flags.guidance ?? (asked && base.kind === "none" ? "cfg" : base.kind);
  for (
    const [flag, value, without] of [["--scale", scale, NO_SCALE], [
      "--rescale",
      rescale,
      NO_RESCALE,
    ]] as const
  ) {
    if (value === undefined || !without.includes(kind)) continue;
    const kinds = GUIDANCE_KINDS.filter((each) => !without.includes(each));
    throw usageError({
      what: flag,
      rule: `used with a guidance that has it (${kinds.join(", ")})`,
      got: kind,
    });
  }
  const perturbed = perturbedOf(flags, base);
  return {
    // what another kind does not name gets its defaults
    ...(kind === base.kind ? base : { kind }),
    ...(scale === undefined ? {} : { scale }),
    ...(rescale === undefined ? {} : { rescale }),
    ...(perturbed.length > 0 ? { perturbed } : {}),
  };
}

/** The base's own, with the scales of --pag and --seg; a scale of 0 leaves one out. */
function perturbedOf(flags: RecipeFlags, base: Recipe["guidance"]): object[] {
  if (flags.pag === undefined && flags.seg === undefined) return [];
  const known = "perturbed" in base ? base.perturbed ?? [] : [];
  return (["pag", "seg"] as const).flatMap((kind) => {
    const own = known.find((each) => each.kind === kind), scale = flags[kind] ?? own?.scale;
    return scale === undefined ? [] : [{ ...own, kind, scale }];
  });
}

function sizeOf(flags: RecipeFlags, base: Recipe): object | undefined {
  const width = flags.width ?? base.size?.width;
  const height = flags.height ?? base.size?.height;
  if (width === undefined && height === undefined) return undefined;
  if (width !== undefined && height !== undefined) return { ...base.size, width, height };
  const [given, missing] = width === undefined ? ["--height", "--width"] : ["--width", "--height"];
  throw usageError({ what: given, rule: `used with ${missing}`, got: width ?? height });
}
