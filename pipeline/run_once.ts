/**
 * One run: prompt in, pictures out.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import type { Conditioning } from "../models/families/family.ts";
import { type FloatTensor, floatTensor, stackBatches } from "../models/runtimes/tensor.ts";
import { type Branch, createGuidance } from "../ops/guidance/guidance.ts";
import { TorchGenerator } from "../ops/noise/torch_generator.ts";
import { createScheduler, type Scheduler } from "../ops/solvers/scheduler.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { Models } from "./compile_models.ts";
import { decodeLatents } from "./decode_latents.ts";
import { denoise, type DenoiseStep } from "./denoise.ts";
import { encodePrompt, type PromptEncoder, zeroText } from "./encode_prompt.ts";
import { Image } from "./image.ts";
import type { ImageMetadata } from "./image_metadata.ts";
import type { Plan } from "./plan.ts";
import type { StepEvent, Trace } from "./run_events.ts";
import { VERSION } from "./version.ts";

/** What a run may be told. */
export interface RunOptions {
  /**
   * Seed of the first image's noise, taken as torch.Generator takes it; image i of a batch has the seed plus i, so
   * that a batch equals as many single runs. Default: random; the image's metadata say which.
   */
  readonly seed?: number | bigint;
  /** What the picture should not show. Only with guidance. */
  readonly negativePrompt?: string;
  /** The prompt for the second text encoder. Default: the prompt. */
  readonly prompt2?: string;
  /** The negative prompt for the second text encoder. Default: the negative prompt. */
  readonly negativePrompt2?: string;
  /** Cancels the run between two evaluations; `generate` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each step, and awaited. */
  readonly onStep?: (event: StepEvent) => void | Promise<void>;
  /** Receives the tensors of the run. */
  readonly trace?: Trace;
}

/** What a run needs of a loaded pipeline. */
export interface RunContext {
  readonly recipe: Recipe;
  readonly plan: Plan;
  readonly models: Models;
  readonly encoder: PromptEncoder;
  /** SHA-256 of each of the model's files. */
  readonly hashes: () => Promise<Readonly<Record<string, string>>>;
}

/** Number of images in one run. @default {1} */
export const DEFAULT_IMAGES = 1;

const RANDOM_SEED_RANGE = 2 ** 32;

/** torch.Generator takes seeds from −2⁶³ to 2⁶⁴ − 1. */
const LEAST_SEED = -(2n ** 63n), SEED_RANGE = 2n ** 64n;

function checkSeed(seed: number | bigint): bigint {
  const whole = typeof seed === "bigint" || Number.isSafeInteger(seed);
  if (whole && BigInt(seed) >= LEAST_SEED && BigInt(seed) < SEED_RANGE) return BigInt(seed);
  throw new DomainError({
    doing: "generate",
    what: "seed",
    rule: "a whole number from -2^63 to 2^64 - 1 (as a bigint beyond 2^53)",
    got: seed,
  });
}

function checkImages(images: number): void {
  if (Number.isInteger(images) && images >= 1) return;
  throw new DomainError({ doing: "generate", what: "images", rule: "a whole number from 1", got: images });
}

/** A prompt that nothing reads is a mistake, not something to ignore. */
function checkPrompts({ plan }: RunContext, options: RunOptions): void {
  const refuse = (what: string, rule: string) => {
    const got = options[what as keyof RunOptions];
    if (got !== undefined) throw new DomainError({ doing: "generate", what, rule, got });
  };
  if (!plan.guidance.branches.includes("unconditional")) {
    const rule = "absent, since this recipe has no guidance";
    refuse("negativePrompt", rule);
    refuse("negativePrompt2", rule);
  }
  if (plan.text.encoders.length === 1) {
    const rule = "absent, since this model has one text encoder";
    refuse("prompt2", rule);
    refuse("negativePrompt2", rule);
  }
}

/** One generator for each image; all noise of an image comes from its own. */
function noiseSource(seeds: readonly bigint[], shape: readonly number[]): () => FloatTensor {
  const generators = seeds.map((seed) => new TorchGenerator(seed));
  const size = shape.reduce((a, b) => a * b, 1);
  return () =>
    stackBatches(
      generators.map((generator) =>
        floatTensor([1, ...shape], generator.randn(size) as Float32Array<ArrayBuffer>)
      ),
    );
}

async function encodeBranches(
  { plan, encoder }: RunContext,
  prompt: string,
  options: RunOptions,
): Promise<Partial<Record<Branch, Conditioning>>> {
  const conditional = await encodePrompt(encoder, [prompt, options.prompt2 ?? prompt], "prompt");
  if (!plan.guidance.branches.includes("unconditional")) return { conditional };
  const { negativePrompt, negativePrompt2 = negativePrompt } = options;
  const absent = negativePrompt === undefined && negativePrompt2 === undefined;
  const unconditional = absent && plan.text.zeroNegative
    ? zeroText(conditional)
    : await encodePrompt(encoder, [negativePrompt ?? "", negativePrompt2 ?? ""], "negative prompt");
  return { unconditional, conditional };
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
 * Runs a loaded pipeline once.
 *
 * @param images How many pictures to make in one batch.
 * @throws {DomainError} if the seed or the number of images is out of range.
 * @throws {DeviceError} if a component fails or gives NaN.
 */
export async function runOnce(
  context: RunContext,
  prompt: string,
  options: RunOptions,
  images: number,
): Promise<Image[]> {
  checkImages(images);
  checkPrompts(context, options);
  const { plan, models, recipe } = context;
  const { negativePrompt, prompt2, negativePrompt2, signal, trace, onStep } = options;
  const first = checkSeed(options.seed ?? Math.floor(Math.random() * RANDOM_SEED_RANGE));
  const seeds = Array.from({ length: images }, (_, i) => first + BigInt(i));
  const hashes = context.hashes();
  // Hashing a large model goes on beside the steps; a failure must not surface before it is awaited.
  hashes.catch(() => {});
  signal?.throwIfAborted();
  const conditioning = await encodeBranches(context, prompt, options);
  const scheduler = createScheduler(plan.scheduler.config, plan.scheduler.options);
  const draw = noiseSource(seeds, plan.size.latents);
  const noise = draw();
  const given = Object.entries({ negativePrompt, prompt2, negativePrompt2 }).filter(([, text]) =>
    text !== undefined
  );
  const metadata = async (): Promise<ImageMetadata[]> => {
    const files = await hashes;
    return seeds.map((seed) => ({
      prompt,
      ...Object.fromEntries(given),
      seed: String(seed),
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
  const branches = plan.guidance.branches.map((branch) =>
    (conditioning[branch] as Conditioning).encoderHiddenStates
  );
  await trace?.("prompt_embeds", stackBatches(branches));
  const decode = async (latents: FloatTensor) => await decodeLatents(models.decoder, latents, plan.size);
  const tell = onStep &&
    stepEvents(scheduler, onStep, async (latents) => toImages(await decode(latents), await metadata()));
  const latents = await denoise({
    denoiser: models.denoiser,
    scheduler,
    guidance: createGuidance(recipe.guidance),
    oneBatch: plan.guidance.oneBatch,
    conditioning,
    policyInputs: plan.attention.inputs,
    noise,
    drawNoise: () => draw().data,
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
