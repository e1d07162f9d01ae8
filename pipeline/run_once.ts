/**
 * One run: prompt in, pictures out.
 *
 * @module
 */
import type { Conditioning } from "../models/families/family.ts";
import { type FloatTensor, floatTensor, stackBatches } from "../models/runtimes/tensor.ts";
import { createGuidance } from "../ops/guidance/guidance.ts";
import type { NoiseOption, Variation } from "../ops/noise/noise_option.ts";
import { noiseSource } from "../ops/noise/noise_source.ts";
import { createScheduler, type Scheduler } from "../ops/solvers/scheduler.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { Models } from "./compile_models.ts";
import { decodeLatents } from "./decode_latents.ts";
import { denoise, type DenoiseStep } from "./denoise.ts";
import { type Conditionings, encodeBranches } from "./encode_branches.ts";
import type { PromptEncoder } from "./encode_prompt.ts";
import { Image } from "./image.ts";
import type { ImageMetadata } from "./image_metadata.ts";
import { noiseMetadata } from "./noise_metadata.ts";
import type { Plan } from "./plan.ts";
import type { StepEvent, Trace } from "./run_events.ts";
import { picturePrompts, type PromptLists } from "./run_prompts.ts";
import { pictureSeeds, type SeedOptions } from "./run_seeds.ts";
import { VERSION } from "./version.ts";

/** What a run may be told. */
export interface RunOptions extends SeedOptions, PromptLists {
  /** Cancels the run between two evaluations; `generate` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each step, and awaited. */
  readonly onStep?: (event: StepEvent) => void | Promise<void>;
  /** Receives the tensors of the run. */
  readonly trace?: Trace;
  /**
   * Where noise comes from.
   *
   * @default {"torch-cpu"}
   */
  readonly noise?: NoiseOption;
  /** Mixes the noise that each image begins with and that of another seed. Default: nothing. */
  readonly variation?: Variation;
}
export const DEFAULT_NOISE = "torch-cpu";

/** What a run needs of a loaded pipeline. */
export interface RunContext {
  readonly recipe: Recipe;
  readonly plan: Plan;
  readonly models: Models;
  readonly encoder: PromptEncoder;
  /** SHA-256 of each of the model's files. */
  readonly hashes: () => Promise<Readonly<Record<string, string>>>;
}

/** The embeddings of each branch: one where all pictures have the same prompts, else those of each picture. */
function promptEmbeds({ guidance }: Plan, conditionings: Conditionings): FloatTensor {
  const branches = guidance.branches.map((branch) => conditionings[branch] as readonly Conditioning[]);
  const same = branches.every((each) => new Set(each).size === 1);
  const told = same ? branches.map(([first]) => first) : branches.flat();
  return stackBatches(told.map(({ encoderHiddenStates }) => encoderHiddenStates));
}

function toImages(pixels: FloatTensor, metadata: readonly ImageMetadata[]): Image[] {
  const [batch, channels, height, width] = pixels.shape;
  const size = channels * height * width;
  return Array.from(
    { length: batch },
    (_, i) => Image.fromTensor(pixels.data.subarray(i * size, (i + 1) * size), width, height, metadata[i]),
  );
}

/** Wraps a step of the loop as the event that users see. */
function stepEvents(
  scheduler: Scheduler,
  onStep: NonNullable<RunOptions["onStep"]>,
  preview: (latents: FloatTensor) => Promise<Image[]>,
): (step: DenoiseStep) => void | Promise<void> {
  const start = performance.now(), steps = scheduler.timesteps.length;
  return ({ i, latents, predOriginal }) => {
    const elapsedMs = performance.now() - start;
    return onStep({
      step: i + 1,
      steps,
      sigma: scheduler.sigmas[i + 1],
      timestep: scheduler.timesteps[i],
      elapsedMs,
      remainingMs: elapsedMs / (i + 1) * (steps - i - 1),
      latents: () => ({ ...latents, data: latents.data.slice() }),
      preview: () => preview(predOriginal),
    });
  };
}

/**
 * Runs a loaded pipeline once: one batch.
 *
 * @param prompt One for all pictures, or one for each.
 * @param images How many pictures to make; with a prompt for each, undefined.
 * @throws {DomainError} if a seed or the number of images is out of range, or a prompt has no use or no picture.
 * @throws {DeviceError} if a component fails or gives NaN.
 */
export async function runOnce(
  context: RunContext,
  prompt: string | readonly string[],
  options: RunOptions,
  images?: number,
): Promise<Image[]> {
  const prompts = picturePrompts(context.plan, prompt, options, images);
  const { plan, models, recipe } = context;
  const { signal, trace, onStep } = options;
  const seeds = pictureSeeds(options, prompts.length);
  const hashes = context.hashes();
  // Hashing a large model goes on beside the steps; a failure must not surface before it is awaited.
  hashes.catch(() => {});
  signal?.throwIfAborted();
  const conditioning = await encodeBranches(context, prompts);
  const scheduler = createScheduler(plan.scheduler.config, plan.scheduler.options);
  const { noise: option = DEFAULT_NOISE, variation } = options;
  const { solver, sigmas } = scheduler;
  const draw = noiseSource(option, { seeds, shape: plan.size.latents, solver, sigmas }, variation);
  const noise = floatTensor([seeds.length, ...plan.size.latents], draw());
  const metadata = async (): Promise<ImageMetadata[]> => {
    const files = await hashes;
    return prompts.map((texts, i) => ({
      ...texts,
      seed: String(seeds[i]),
      ...noiseMetadata(options, i),
      recipe,
      winnow: VERSION,
      models: files,
    }));
  };
  await trace?.("noise", noise);
  await trace?.(
    "timesteps",
    floatTensor([scheduler.timesteps.length], Float32Array.from(scheduler.timesteps)),
  );
  await trace?.("prompt_embeds", promptEmbeds(plan, conditioning));
  const decode = async (latents: FloatTensor) => await decodeLatents(models.decoder, latents, plan.size);
  const tell = onStep &&
    stepEvents(scheduler, onStep, async (latents) => toImages(await decode(latents), await metadata()));
  const latents = await denoise({
    denoiser: models.denoiserFor(plan.attention),
    scheduler,
    guidance: createGuidance(recipe.guidance, scheduler),
    oneBatch: plan.guidance.oneBatch,
    conditioning,
    policyInputs: plan.attention.inputs,
    noise,
    drawNoise: draw,
    signal,
    async onStep(step) {
      await trace?.(`step-${String(step.i).padStart(3, "0")}`, step.latents);
      await tell?.(step);
    },
  });
  await trace?.("latents", latents);
  const pixels = await decode(latents);
  await trace?.("image", pixels);
  return toImages(pixels, await metadata());
}
