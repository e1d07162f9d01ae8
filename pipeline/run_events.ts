/**
 * What a run tells of itself while it goes on.
 *
 * @module
 */
import type { FloatTensor, Tensor } from "../models/runtimes/tensor.ts";
import type { Image } from "./image.ts";

/** One step is done. */
export interface StepEvent {
  /** Number of steps done, from 1. */
  readonly step: number;
  /** Of how many. */
  readonly steps: number;
  /** Noise level after the step. */
  readonly sigma: number;
  /** The timestep that the denoiser was told. */
  readonly timestep: number;
  /** Milliseconds since the first step began. */
  readonly elapsedMs: number;
  /** Milliseconds that the remaining steps will take, going by those done. */
  readonly remainingMs: number;
  /** The latents after the step, [B, C, H, W]; a copy. */
  latents(): FloatTensor;
  /** Decodes the clean image as predicted at this step. Costs one run of the decoder for each image. */
  preview(): Promise<Image[]>;
}

/**
 * Receives named tensors of a run, in this order: `"noise"`, `"timesteps"`, `"prompt_embeds"` (with guidance: the
 * negative's, then the prompt's; of each picture where they differ), `"step-000"` … (latents after each step), `"latents"`, `"image"` (0 to 1). A run
 * that starts from an image begins with `"image_latents"`, and has the timesteps and steps that it takes.
 */
export type Trace = (name: string, tensor: Tensor) => void | Promise<void>;
