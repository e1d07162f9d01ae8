/**
 * Errors about a field of the recipe, said in terms of the flag that set it.
 *
 * @module
 */

import { type Fault, UsageError, WinnowError } from "../errors.ts";
import type { FlagName } from "./flag_values.ts";
import { usageError } from "./usage_error.ts";

/** A flag and the key under which its value is found. */
type FlagKey = readonly [FlagName, string];

/** By path in the recipe, or by name of an argument of a run: the flags that set it, the likeliest first. */
const FLAGS_OF: Readonly<Record<string, readonly FlagKey[]>> = {
  "model": [["--model", "model"]],
  "textEncoder.clipSkip": [["--clip-skip", "clipSkip"]],
  "scheduler": [["--solver", "solver"], ["--sigmas", "sigmas"], ["--scheduler", "scheduler"]],
  "scheduler.steps": [["--steps", "steps"]],
  "scheduler.sigmas": [["--sigmas", "sigmas"]],
  "scheduler.config": [["--scheduler", "scheduler"]],
  "attention": [["--attention", "attention"], ["--lambda", "lambda"], ["--alpha", "alpha"], [
    "--temperature",
    "temperature",
  ], ["--sites", "sites"]],
  "attention.lambda": [["--lambda", "lambda"]],
  "attention.alpha": [["--alpha", "alpha"]],
  "attention.temperature": [["--temperature", "temperature"]],
  "attention.sites": [["--sites", "sites"]],
  "guidance": [["--guidance", "guidance"], ["--scale", "scale"], ["--rescale", "rescale"]],
  "guidance.perturbed": [["--pag", "pag"], ["--seg", "seg"]],
  "guidance.kind": [["--guidance", "guidance"]],
  "guidance.scale": [["--scale", "scale"]],
  "guidance.rescale": [["--rescale", "rescale"]],
  "size": [["--width", "width"], ["--height", "height"]],
  "size.width": [["--width", "width"]],
  "size.height": [["--height", "height"]],
  "seed": [["--seed", "seed"]],
  "noise": [["--noise", "noise"]],
  "variation": [["--variation-seed", "variationSeed"]],
  "variation.strength": [["--variation-strength", "variationStrength"]],
  "image": [["--image", "image"]],
  "strength": [["--strength", "strength"]],
  "images": [["--images", "images"]],
  "device": [["--device", "device"]],
  "negativePrompt": [["--negative", "negative"]],
  "prompts": [["--prompts", "prompts"]],
  "kinds": [["--kinds", "kinds"]],
  "batch": [["--batch", "batch"]],
  "resume": [["--resume", "resume"]],
};

/**
 * The error to show for `error`: if it is about something that a flag set, the same error about the flag; else
 * `error` itself.
 *
 * @param flags What was given, by key; what was not is undefined.
 */
export function blameFlag(error: unknown, flags: Readonly<Record<string, unknown>>): unknown {
  if (!(error instanceof WinnowError) || error instanceof UsageError) return error;
  const { what, rule } = error.fault;
  const given = (path: string) => flagsOf(path).find(([, key]) => flags[key] !== undefined);
  const blamed = given(what);
  if (blamed === undefined) return error;
  const [flag, key] = blamed;
  // a part of what the flag set, such as a field of the file that --scheduler names, is still worth its name
  const part = FLAGS_OF[what] === undefined ? ` (${what})` : "";
  const got: Partial<Fault> = part
    ? ("got" in error.fault ? { got: error.fault.got } : {})
    : { got: flags[key] };
  // further faults follow the first one's remedy
  const remedy = error.fault.remedy?.replace(/(?<=^Also, )[\w.]+/gm, (path) => given(path)?.[0] ?? path);
  return usageError({ what: `${flag}${part}`, rule, ...got, ...(remedy ? { remedy } : {}) }, {
    cause: error,
  });
}

function flagsOf(what: string): readonly FlagKey[] {
  for (let path = what; path !== ""; path = path.replace(/[.:\s[]?[^.:\s[]*$/, "")) {
    if (FLAGS_OF[path] !== undefined) return FLAGS_OF[path];
  }
  return [];
}
