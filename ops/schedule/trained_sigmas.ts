/**
 * Schedules that pick among the noise levels of training, as ComfyUI's `comfy/samplers.py` names them. ComfyUI computes
 * in float32 and these in float64: they are the same but for the last digits.
 */
import { type Shift, shifted } from "./flow_shift.ts";
import { interpolate, linspace } from "./grid.ts";
import type { SigmaTable } from "./sigma_table.ts";

/** The noise levels of training. */
export interface TrainedLevels {
  /** σ of each, cleanest first. */
  readonly sigmas: ArrayLike<number>;
  /** The timesteps of the noisiest and of the cleanest. */
  readonly noisiest: number;
  readonly cleanest: number;
  /** σ at a timestep, which may lie between two of training. */
  readonly sigmaAt: (timestep: number) => number;
}

/** Those of a model of noise: between two of them ln σ is linear. */
export function tableLevels({ sigmas, logs }: SigmaTable): TrainedLevels {
  const sigmaAt = (timestep: number) => Math.exp(interpolate(logs, timestep));
  return { sigmas, noisiest: sigmas.length - 1, cleanest: 0, sigmaAt };
}

/** Those of a model of flow matching: t / T for t = 1 … T, shifted. */
export function flowLevels(shift: Shift, trainTimesteps: number): TrainedLevels {
  const sigmaAt = (timestep: number) => timestep === 0 ? 0 : shifted(shift, timestep / trainTimesteps);
  const sigmas = Float64Array.from({ length: trainTimesteps }, (_, i) => sigmaAt(i + 1));
  // A model is told σ × T, so that the cleanest is shifted once more. So it is in ComfyUI, and in diffusers.
  const told = (sigma: number) => sigma * trainTimesteps;
  return { sigmas, noisiest: told(sigmas[trainTimesteps - 1]), cleanest: told(sigmas[0]), sigmaAt };
}

/** Even timesteps from the noisiest to the cleanest. */
export function normalSigmas({ noisiest, cleanest, sigmaAt }: TrainedLevels, steps: number): Float64Array {
  return linspace(noisiest, cleanest, steps).map(sigmaAt);
}

/** Even timesteps that come to the cleanest only where the last step ends. Stability's generative-models. */
export function sgmUniformSigmas(
  { noisiest, cleanest, sigmaAt }: TrainedLevels,
  steps: number,
): Float64Array {
  return linspace(noisiest, cleanest, steps + 1).subarray(0, steps).map(sigmaAt);
}

/** Every (T / steps)-th level of training, counted from the noisiest. */
export function simpleSigmas({ sigmas }: TrainedLevels, steps: number): Float64Array {
  const stride = sigmas.length / steps;
  return Float64Array.from({ length: steps }, (_, i) => sigmas[sigmas.length - 1 - Math.trunc(i * stride)]);
}

/**
 * Every ⌊T / steps⌋-th level of training, counted from the second cleanest: as many as there are, which may be more than
 * `steps`.
 */
export function ddimUniformSigmas({ sigmas }: TrainedLevels, steps: number): Float64Array {
  const stride = Math.max(Math.floor(sigmas.length / steps), 1);
  const count = Math.ceil((sigmas.length - 1) / stride);
  return Float64Array.from({ length: count }, (_, i) => sigmas[1 + (count - 1 - i) * stride]);
}
