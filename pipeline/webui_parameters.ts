/**
 * The `parameters` text that AUTOMATIC1111's web UI began and that picture browsers, SD.Next, Forge and Civitai read:
 * the prompt, the negative prompt, and one line of settings.
 *
 * Only what is true of the run is written. What those programs would take amiss is left out: the model's hash there
 * is that of a checkpoint file, which an ONNX bundle is not.
 *
 * @module
 */

import type { Recipe } from "../recipes/recipes.ts";

const SAMPLERS = { ddim: "DDIM", euler: "Euler", dpmpp_2m: "DPM++ 2M" } as const;

/** The part of an image's metadata that the text tells. */
export interface WebuiRun {
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly seed: string;
  readonly recipe: Recipe;
  readonly winnow: string;
}

/** The `parameters` text of a run whose image is `width` x `height` pixels. */
export function webuiParameters(run: WebuiRun, width: number, height: number): string {
  const { scheduler, guidance, attention, textEncoder } = run.recipe;
  const settings: [string, string | number][] = [["Steps", scheduler.steps]];
  if (scheduler.kind !== "bundle") settings.push(["Sampler", SAMPLERS[scheduler.kind]]);
  if ("sigmas" in scheduler && scheduler.sigmas) {
    settings.push(["Schedule type", capitalised(scheduler.sigmas)]);
  }
  // without guidance the conditional prediction is used as it is, which is what those programs call a scale of 1
  settings.push(["CFG scale", guidance.kind === "cfg" ? guidance.scale : 1]);
  settings.push(["Seed", run.seed], ["Size", `${width}x${height}`]);
  // there, 1 is the last layer
  if (textEncoder.clipSkip > 0) settings.push(["Clip skip", textEncoder.clipSkip + 1]);
  switch (attention.kind) {
    case "dense":
      break;
    case "entmax":
      settings.push(["Entmax alpha", attention.alpha]);
      break;
    case "pladis":
      settings.push(["PLADIS lambda", attention.lambda], ["PLADIS alpha", attention.alpha]);
      if (attention.interval[0] > 0 || attention.interval[1] < 1) {
        settings.push(["PLADIS interval", attention.interval.join(" to ")]);
      }
      break;
    default:
      attention satisfies never;
  }
  settings.push(["Version", `Winnow ${run.winnow}`]);
  return [
    run.prompt,
    ...(run.negativePrompt ? [`Negative prompt: ${run.negativePrompt}`] : []),
    settings.map(([name, value]) => `${name}: ${value}`).join(", "),
  ].join("\n");
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
