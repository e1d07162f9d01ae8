/**
 * What a run starts from: noise, or an image with noise on it.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import type { Session } from "../models/runtimes/runtime.ts";
import { type FloatTensor, floatTensor } from "../models/runtimes/tensor.ts";
import type { NoiseOption, Variation } from "../ops/noise/noise_option.ts";
import { type BatchNoise, noiseSource } from "../ops/noise/noise_source.ts";
import type { Scheduler } from "../ops/solvers/scheduler.ts";
import { type EncodedImage, encodeImage, imageLatents } from "./image_encoder.ts";
import type { Plan } from "./plan.ts";
import { planImage } from "./plan_image.ts";
import { type OpenedImage, openSourceImage, type SourceImage } from "./source_image.ts";

/** How a run is told the image that it starts from. */
export interface StartOptions {
  /**
   * A picture to start from, for all of the run's pictures. The run has its size, in the nearest that the model can draw,
   * where the recipe names none; otherwise it is resized to the recipe's.
   */
  readonly image?: SourceImage;
  /**
   * How much of the image is given up, above 0, up to 1: the last ⌊strength × steps⌋ steps are taken, with as much noise
   * put on the image as belongs to their first. Only with `image`. (SDEdit: Meng et al., arXiv 2108.01073.)
   *
   * @default {0.8}
   */
  readonly strength?: number;
}
export const DEFAULT_STRENGTH = 0.8;

/** An image that a run starts from, and how much of it is given up. */
export interface ImageStart {
  readonly image: OpenedImage;
  readonly strength: number;
}

/**
 * Reads the image that a run starts from, if there is one.
 *
 * @throws {DomainError} if a strength is given without an image.
 * @throws {ImageError} if the image cannot be read.
 */
export async function openStart({ image, strength }: StartOptions): Promise<ImageStart | undefined> {
  if (image !== undefined) {
    return { image: await openSourceImage(image), strength: strength ?? DEFAULT_STRENGTH };
  }
  if (strength === undefined) return undefined;
  const rule = "absent, as there is no image to start from";
  throw new DomainError({ doing: "generate", what: "strength", rule, got: strength });
}

/** The plan of a run that starts from an image, or else the plan as it is. */
export function planStart(plan: Plan, start: ImageStart | undefined, isFixed: boolean): Plan {
  if (start === undefined) return plan;
  const { image: { width, height }, strength } = start;
  return planImage(plan, { width, height, strength }, isFixed);
}

/** What a run needs to know of its noise. */
export interface StartNoise {
  readonly option: NoiseOption;
  readonly variation?: Variation;
  readonly seeds: readonly bigint[];
}

/** The tensors that a run starts from. */
export interface RunStart {
  /** Standard normal noise, [B, C, H, W]. */
  readonly noise: FloatTensor;
  /** Draws more of it. */
  readonly draw: BatchNoise;
  /** Latents of the image, same shape; absent where a run starts from noise alone. */
  readonly image?: FloatTensor;
}

/**
 * Draws the noise that a run starts from, and before it, where an encoder gives a distribution, that of the image's
 * latents: the order in which diffusers draws.
 */
export function drawStart(
  { size }: Plan,
  { solver, sigmas }: Scheduler,
  { option, variation, seeds }: StartNoise,
  encoded?: EncodedImage,
): RunStart {
  const beginnings = encoded?.deviation ? 2 : 1;
  const draw = noiseSource(option, { seeds, shape: size.latents, solver, sigmas, beginnings }, variation);
  const image = encoded &&
    imageLatents(encoded, seeds.length, encoded.deviation ? draw() : undefined, size);
  const noise = floatTensor([seeds.length, ...size.latents], draw());
  return { noise, draw, ...(image ? { image } : {}) };
}

/** Encodes the image at the run's size. */
export async function encodeStart(
  encoder: Session,
  { image }: ImageStart,
  { size }: Plan,
): Promise<EncodedImage> {
  return await encodeImage(encoder, image.at(size), size);
}
