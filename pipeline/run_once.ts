/**
 * One run: prompt in, pictures out.
 *
 * @module
 */
import type { Conditioning } from "../models/families/family.ts";
import { type FloatTensor, floatTensor, stackBatches } from "../models/runtimes/tensor.ts";
import { createGuidance } from "../ops/guidance/guidance.ts";
import type { NoiseOption, Variation } from "../ops/noise/noise_option.ts";
import { createScheduler } from "../ops/solvers/scheduler.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { Models } from "./compile_models.ts";
import { decodeLatents } from "./decode_latents.ts";
import { denoise } from "./denoise.ts";
import { type Conditionings, encodeBranches } from "./encode_branches.ts";
import type { PromptEncoder } from "./encode_prompt.ts";
import type { Image } from "./image.ts";
import { imagesOf } from "./images_of.ts";
import type { ImageEncoder } from "./image_encoder.ts";
import type { ImageMetadata } from "./image_metadata.ts";
import { noiseMetadata } from "./noise_metadata.ts";
import type { Plan } from "./plan.ts";
import { allInputs } from "./plan_policies.ts";
import { recordMaps } from "./record_maps.ts";
import { siteGuidanceFeeds } from "./site_guidance_feeds.ts";
import type { StepEvent, Trace } from "./run_events.ts";
import { picturePrompts, type PromptLists } from "./run_prompts.ts";
import { pictureSeeds, type SeedOptions } from "./run_seeds.ts";
import {
  drawStart,
  encodeStart,
  type ImageStart,
  openStart,
  planStart,
  type StartOptions,
} from "./run_start.ts";
import { stepEvents } from "./step_events.ts";
import { VERSION } from "./version.ts";

/** What a run may be told. */
export interface RunOptions extends SeedOptions, PromptLists, StartOptions {
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
  readonly imageEncoder: ImageEncoder;
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

/** The same with the plan of a run that starts from an image, whose notes beyond the recipe's are told. */
function atStart(context: RunContext, start: ImageStart | undefined): RunContext {
  const { recipe, encoder } = context, known = context.plan.notes.length;
  const plan = planStart(context.plan, start, recipe.size !== undefined);
  for (const note of plan.notes.slice(known)) encoder.onNotice(note);
  return { ...context, plan, encoder: { ...encoder, size: plan.size } };
}

/**
 * Runs a loaded pipeline once: one batch.
 *
 * @param prompt One for all pictures, or one for each.
 * @param images How many pictures to make; with a prompt for each, undefined.
 * @throws {DomainError} if a seed, a strength or the number of images is out of range, or a prompt has no use or no picture.
 * @throws {ImageError} if the image to start from cannot be read.
 * @throws {BundleError} if there is one, and the bundle has no encoder for it.
 * @throws {DeviceError} if a component fails or gives NaN.
 */
export async function runOnce(
  loaded: RunContext,
  prompt: string | readonly string[],
  options: RunOptions,
  images?: number,
): Promise<Image[]> {
  const prompts = picturePrompts(loaded.plan, prompt, options, images);
  const { signal, trace, onStep, noise: option = DEFAULT_NOISE, variation } = options;
  const seeds = pictureSeeds(options, prompts.length);
  const start = await openStart(options);
  const context = atStart(loaded, start), { plan, models, recipe } = context;
  const scheduler = createScheduler(plan.scheduler.config, plan.scheduler.options);
  signal?.throwIfAborted();
  const encoded = start && await encodeStart(await context.imageEncoder.open(signal), start, plan);
  const hashes = context.hashes();
  // Hashing a large model goes on beside the steps; a failure must not surface before it is awaited.
  hashes.catch(() => {});
  signal?.throwIfAborted();
  const conditioning = await encodeBranches(context, prompts);
  const { noise, draw, image } = drawStart(plan, scheduler, { option, variation, seeds }, encoded);
  const metadata = async (): Promise<ImageMetadata[]> => {
    const files = await hashes;
    return prompts.map((texts, i) => ({
      ...texts,
      seed: String(seeds[i]),
      ...noiseMetadata(options, i),
      ...(start ? { image: { sha256: start.image.sha256, strength: start.strength } } : {}),
      recipe,
      winnow: VERSION,
      models: files,
    }));
  };
  if (image) await trace?.("image_latents", image);
  await trace?.("noise", noise);
  const timesteps = Float32Array.from(scheduler.timesteps.subarray(scheduler.firstStep));
  await trace?.("timesteps", floatTensor([timesteps.length], timesteps));
  await trace?.("prompt_embeds", promptEmbeds(plan, conditioning));
  const decode = async (latents: FloatTensor) => await decodeLatents(models.decoder, latents, plan.size);
  const tell = onStep &&
    stepEvents(scheduler, onStep, async (latents) => imagesOf(await decode(latents), await metadata()));
  const { taps } = plan.attention;
  const read = () => prompts.map(({ prompt }) => context.encoder.tokenizers[0].encode(prompt));
  const recorder = taps.length > 0 ? recordMaps(taps, read(), noise.shape, scheduler) : undefined;
  const latents = await denoise({
    ...(recorder ? { taps: recorder.taps } : {}),
    denoiser: models.denoiserFor(plan.attention),
    ...(models.weak ? { weak: models.weak } : {}),
    scheduler,
    guidance: createGuidance(recipe.guidance, scheduler),
    oneBatch: plan.guidance.oneBatch,
    conditioning,
    siteFeeds: siteGuidanceFeeds(plan.guidance.within, recipe.guidance, noise.shape),
    policyInputs: allInputs(plan.attention.policies),
    noise,
    ...(image ? { image } : {}),
    drawNoise: draw,
    signal,
    async onStep(step) {
      await trace?.(`step-${String(step.i - scheduler.firstStep).padStart(3, "0")}`, step.latents);
      await tell?.(step);
    },
  });
  await trace?.("latents", latents);
  const pixels = await decode(latents);
  await trace?.("image", pixels);
  return imagesOf(pixels, await metadata(), recorder?.maps());
}
