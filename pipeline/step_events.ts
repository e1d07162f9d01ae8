/**
 * From a step of the sampling loop to the event that users see.
 *
 * @module
 */
import type { FloatTensor } from "../models/runtimes/tensor.ts";
import type { Scheduler } from "../ops/solvers/scheduler.ts";
import type { DenoiseStep } from "./denoise.ts";
import type { Image } from "./image.ts";
import type { StepEvent } from "./run_events.ts";

/** Wraps a step of the loop as the event that users see. */
export function stepEvents(
  scheduler: Scheduler,
  onStep: (event: StepEvent) => void | Promise<void>,
  preview: (latents: FloatTensor) => Promise<Image[]>,
): (step: DenoiseStep) => void | Promise<void> {
  const start = performance.now(), { firstStep } = scheduler, steps = scheduler.timesteps.length - firstStep;
  return ({ i, latents, predOriginal }) => {
    const elapsedMs = performance.now() - start, done = i - firstStep + 1;
    return onStep({
      step: done,
      steps,
      sigma: scheduler.sigmas[i + 1],
      timestep: scheduler.timesteps[i],
      elapsedMs,
      remainingMs: elapsedMs / done * (steps - done),
      latents: () => ({ ...latents, data: latents.data.slice() }),
      preview: () => preview(predOriginal),
    });
  };
}
