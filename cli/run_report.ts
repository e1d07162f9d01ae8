/**
 * What `generate` tells of a run when it is over.
 *
 * @module
 */

import type { Image } from "../pipeline/image.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Plan } from "../pipeline/plan.ts";
import { VERSION } from "../pipeline/version.ts";
import { duration } from "./progress.ts";

/** Milliseconds that the parts of a run took. */
export interface Timings {
  /** Reading the recipe, opening the model, compiling. */
  readonly loadMs: number;
  /** From prompt to pixels. */
  readonly generateMs: number;
  /** Encoding and writing the pictures. */
  readonly writeMs: number;
  readonly totalMs: number;
}

/** A run that is over. */
export interface FinishedRun {
  readonly prompt: string;
  readonly negativePrompt: string | undefined;
  /** Where the images were written, in their order. */
  readonly files: readonly string[];
  /** For each image the files of its attention maps; empty if none were asked for. */
  readonly mapFiles: readonly (readonly string[])[];
  readonly images: readonly Image[];
  readonly pipe: Pipeline;
  /** What was done; of a run that starts from an image not quite what was planned for the recipe. */
  readonly plan: Plan;
  readonly timings: Timings;
  /** What the user was told while it ran. */
  readonly notices: readonly string[];
}

/** A run in one line. */
export function runLine({ images, timings }: FinishedRun): string {
  const seeds = images.map(({ metadata }) => metadata.seed);
  return `loaded in ${duration(timings.loadMs)}, ` +
    `made ${images.length === 1 ? "1 picture" : `${images.length} pictures`} in ${
      duration(timings.generateMs)
    }, ` +
    `${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`;
}

/** A run as the JSON that `--json` prints. Seeds are strings, as they may exceed what JSON's readers take. */
export function runJson(
  { prompt, negativePrompt, files, mapFiles, images, pipe, plan, timings, notices }: FinishedRun,
): string {
  const report = {
    winnow: VERSION,
    prompt,
    negativePrompt,
    files: images.map(({ width, height, metadata }, i) => ({
      path: files[i],
      seed: metadata.seed,
      width,
      height,
      ...(mapFiles[i] ? { maps: mapFiles[i] } : {}),
    })),
    device: pipe.device,
    timings,
    recipe: pipe.recipe,
    plan: planSummary(plan),
    notices,
  };
  return JSON.stringify(report, null, 2);
}

/** The parts of a plan that a script may want to know; `winnow explain --json` prints all of it. */
function planSummary({ model, source, bytes, size, image, scheduler, attention, guidance }: Plan): object {
  const steps = scheduler.timesteps.length - scheduler.firstStep;
  return {
    model,
    source,
    bytes,
    width: size.width,
    height: size.height,
    ...(image ? { image } : {}),
    solver: scheduler.solver,
    steps,
    evaluations: guidance.total,
    attention: attention.policies.map(({ policy, sites }) => ({ ...policy, sites: sites.length })),
  };
}
