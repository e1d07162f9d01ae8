/** A model whose every answer is known: data of one Gaussian. The probability flow is then a linear ODE. */
import type { PredictionType } from "../../../ops/prediction/prediction.ts";
import { TorchGenerator } from "../../../ops/noise/torch_generator.ts";
import type { Space } from "../../../ops/schedule/schedule.ts";
import type { Scheduler } from "../../../ops/solvers/scheduler.ts";

export type { Space };

export interface Gaussian {
  readonly mean: number;
  readonly deviation: number;
}

/** α and σ at the beginning of step `i`, or after the last one, in float64. */
export function levelAt(scheduler: Scheduler, space: Space, i: number): { alpha: number; sigma: number } {
  const ratio = scheduler.sigmas[i];
  if (space === "exploding") return { alpha: 1, sigma: ratio };
  if (space === "flow") return { alpha: 1 - ratio, sigma: ratio };
  if (ratio === Infinity) return { alpha: 0, sigma: 1 };
  const alpha = 1 / Math.sqrt(ratio * ratio + 1);
  return { alpha, sigma: ratio * alpha };
}

/** What a model that predicts `type` says when x₀ is its guess of the image. */
export function outputFor(
  type: PredictionType,
  x: number,
  x0: number,
  { alpha, sigma }: { alpha: number; sigma: number },
): number {
  const epsilon = (x - alpha * x0) / sigma;
  if (type === "epsilon") return epsilon;
  if (type === "flow_prediction") return epsilon - x0;
  return type === "sample" ? x0 : (alpha * epsilon - sigma * x0) / Math.hypot(alpha, sigma);
}

/** The mean of the images that a sample at this level may have come from. */
export function posteriorMean(
  { mean, deviation }: Gaussian,
  x: number,
  { alpha, sigma }: { alpha: number; sigma: number },
): number {
  const gain = (deviation ** 2 * alpha) / (alpha ** 2 * deviation ** 2 + sigma ** 2);
  return mean + gain * (x - alpha * mean);
}

function spread({ deviation }: Gaussian, { alpha, sigma }: { alpha: number; sigma: number }): number {
  return Math.hypot(alpha * deviation, sigma);
}

/**
 * Samples from z standard deviations above the mean at the first level down to the last one.
 *
 * @returns how far the result lies from the exact solution, in standard deviations
 */
export function solutionError(
  scheduler: Scheduler,
  space: Space,
  data: Gaussian,
  z: number,
  until?: number,
): number {
  const count = until === undefined ? scheduler.timesteps.length : scheduler.timesteps.indexOf(until);
  const first = levelAt(scheduler, space, 0), last = levelAt(scheduler, space, count);
  let sample: Float32Array = Float32Array.of(first.alpha * data.mean + z * spread(data, first));
  let state = scheduler.start();
  for (let i = 0; i < count; i++) {
    const level = levelAt(scheduler, space, i);
    const x0 = posteriorMean(data, sample[0], level);
    const modelOutput = Float32Array.of(outputFor(scheduler.predictionType, sample[0], x0, level));
    ({ prevSample: sample, state } = scheduler.step({ modelOutput, sample, i, state, noise: noNoise }));
  }
  const exact = last.alpha * data.mean + z * spread(data, last);
  return Math.abs(sample[0] - exact) / spread(data, last);
}

/** Noise that is the same in every run, each draw another. */
export function seededNoise(length: number, seed = 7): () => Float32Array {
  const generator = new TorchGenerator(BigInt(seed));
  return () => generator.randn(length);
}

/** For solvers that must not draw noise. */
export function noNoise(): Float32Array {
  throw new Error("a deterministic solver has drawn noise");
}
