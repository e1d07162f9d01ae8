/**
 * The `parameters` text that AUTOMATIC1111's web UI began and that picture browsers, SD.Next, Forge and Civitai read:
 * the prompt, the negative prompt, and one line of settings.
 *
 * Only what is true of the run is written. What those programs would take amiss is left out: the model's hash there
 * is that of a checkpoint file, which an ONNX bundle is not.
 *
 * @module
 */

import { describeAttention } from "../recipes/describe_attention.ts";
import { describeGuidance } from "../recipes/describe_guidance.ts";
import { type Recipe, type SigmasChoice, SOLVER_TITLES } from "../recipes/recipes.ts";
import type { NoiseMetadata } from "./noise_metadata.ts";

/** Those programs' names, where they are not the titles that the solvers have here. */
const SAMPLERS: Partial<Record<Recipe["scheduler"]["kind"], string>> = {
  euler_ancestral: "Euler a",
  kdpm2_ancestral: "DPM2 a",
  dpmpp_singlestep: "DPM++ 2S",
  flow_euler: "Euler",
  flow_heun: "Heun",
  flow_lcm: "LCM",
};

/** The part of an image's metadata that the text tells. */
export interface WebuiRun extends NoiseMetadata {
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly seed: string;
  readonly image?: { readonly strength: number };
  readonly recipe: Recipe;
  readonly winnow: string;
}

/** The `parameters` text of a run whose image is `width` x `height` pixels. */
export function webuiParameters(run: WebuiRun, width: number, height: number): string {
  const { scheduler, guidance, attention, textEncoder } = run.recipe;
  const settings: [string, string | number][] = [["Steps", scheduler.steps]];
  if (scheduler.kind !== "bundle") {
    settings.push(["Sampler", SAMPLERS[scheduler.kind] ?? SOLVER_TITLES[scheduler.kind]]);
  }
  if ("sigmas" in scheduler && scheduler.sigmas) {
    settings.push(["Schedule type", scheduleType(scheduler.sigmas)]);
  }
  // without guidance the conditional prediction is used as it is, which is what those programs call a scale of 1
  settings.push(["CFG scale", guidance.kind !== "none" && "scale" in guidance ? guidance.scale : 1]);
  // in quotes, since it has commas
  if (!isPlain(guidance)) settings.push(["Guidance", JSON.stringify(describeGuidance(guidance))]);
  settings.push(["Seed", run.seed], ["Size", `${width}x${height}`]);
  settings.push(...noiseSettings(run));
  if (run.image) settings.push(["Denoising strength", run.image.strength]);
  // there, 1 is the last layer
  if (textEncoder.clipSkip > 0) settings.push(["Clip skip", textEncoder.clipSkip + 1]);
  switch (attention.kind) {
    case "dense":
      break;
    case "entmax":
      settings.push(["Entmax alpha", attention.alpha]);
      break;
    case "temperature":
      settings.push(["Attention temperature", attention.temperature]);
      break;
    case "pladis":
      settings.push(["PLADIS lambda", attention.lambda], ["PLADIS alpha", attention.alpha]);
      if (attention.interval[0] > 0 || attention.interval[1] < 1) {
        settings.push(["PLADIS interval", attention.interval.join(" to ")]);
      }
      break;
    case "by-site":
      settings.push(["Attention", JSON.stringify(describeAttention(attention))]);
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

/** Whether the scale says all there is to say. */
function isPlain(guidance: Recipe["guidance"]): boolean {
  return guidance.kind === "none" ||
    (guidance.kind === "cfg" && guidance.interval === undefined && guidance.schedule === undefined);
}

/** In those programs' words; a source that they have not got has none. */
function noiseSettings({ noise, variation }: NoiseMetadata): [string, string | number][] {
  const isNvidia = typeof noise === "object" && noise.generator === "torch-cuda";
  return [
    ...(isNvidia ? [["RNG", "NV"] as [string, string]] : []),
    ...(variation
      ? [["Variation seed", variation.seed], ["Variation seed strength", variation.strength]] as [
        string,
        string | number,
      ][]
      : []),
  ];
}

/** A list of one's own has no name there, nor has an exponent. */
function scheduleType(sigmas: SigmasChoice): string {
  if (typeof sigmas === "string") return capitalised(sigmas.replaceAll("_", " "));
  return "name" in sigmas ? capitalised(sigmas.name) : "Custom";
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
