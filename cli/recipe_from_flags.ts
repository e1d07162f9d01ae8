/**
 * The recipe that the flags ask for.
 *
 * @module
 */

import {
  entmax,
  GUIDANCE_KINDS,
  parseRecipe,
  pladis,
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

function attentionOf(flags: RecipeFlags, base: Recipe["attention"]): object {
  const { lambda, alpha } = flags;
  // lambda is PLADIS's alone, so it says which is meant; alpha does not
  const kind = flags.attention ?? (lambda === undefined ? base.kind : "pladis");
  if (lambda !== undefined && kind !== "pladis") {
    throw usageError({ what: "--lambda", rule: "used with --attention pladis", got: kind });
  }
  if (kind === "dense") {
    if (alpha === undefined) return { kind };
    const remedy = "Add --attention pladis or --attention entmax.";
    throw usageError({
      what: "--alpha",
      rule: "used with the attention pladis or entmax",
      got: kind,
      remedy,
    });
  }
  const defaults = kind === "pladis" ? pladis() : entmax();
  return {
    ...defaults,
    ...(base.kind === "dense" ? {} : { alpha: base.alpha, sites: base.sites }),
    ...(kind === "pladis" && base.kind === "pladis" ? { lambda: base.lambda, interval: base.interval } : {}),
    ...(lambda === undefined ? {} : { lambda }),
    ...(alpha === undefined ? {} : { alpha }),
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
  return {
    // what another kind does not name gets its defaults
    ...(kind === base.kind ? base : { kind }),
    ...(scale === undefined ? {} : { scale }),
    ...(rescale === undefined ? {} : { rescale }),
  };
}

function sizeOf(flags: RecipeFlags, base: Recipe): object | undefined {
  const width = flags.width ?? base.size?.width;
  const height = flags.height ?? base.size?.height;
  if (width === undefined && height === undefined) return undefined;
  if (width !== undefined && height !== undefined) return { ...base.size, width, height };
  const [given, missing] = width === undefined ? ["--height", "--width"] : ["--width", "--height"];
  throw usageError({ what: given, rule: `used with ${missing}`, got: width ?? height });
}
