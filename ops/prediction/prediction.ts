/** From what the model says to the clean image x₀ and the noise ε that it takes the sample to be made of. */
import type { NoiseLevel } from "../schedule/noise_level.ts";

/**
 * What the model was trained to predict:
 * - `epsilon`: the noise ε (Ho et al. 2020),
 * - `sample`: the image x₀,
 * - `v_prediction`: v = (α·ε − σ·x₀) / √(α² + σ²) (Salimans & Ho 2022),
 * - `flow_prediction`: the velocity ε − x₀ (Lipman et al. 2023; Liu et al. 2023).
 */
export const PREDICTION_TYPES = ["epsilon", "v_prediction", "sample", "flow_prediction"] as const;
export type PredictionType = (typeof PREDICTION_TYPES)[number];

const f32 = Math.fround;

/** How a model's outputs are read. */
export interface Prediction {
  /** x₀ from what the model said of the sample x at a level. A new array. */
  x0(modelOutput: Float32Array, x: Float32Array, level: NoiseLevel): Float32Array;
  /** ε, likewise. */
  epsilon(modelOutput: Float32Array, x: Float32Array, level: NoiseLevel): Float32Array;
}

/** The {@linkcode Prediction} of a prediction type. */
export function predictionOf(type: PredictionType): Prediction {
  return {
    x0: (modelOutput, x, level) => predictX0(type, modelOutput, x, level),
    epsilon: (modelOutput, x, level) => predictEpsilon(type, modelOutput, x, level),
  };
}

/**
 * The predicted clean image x₀.
 *
 * @param type What the model predicts.
 * @param modelOutput Its prediction, float32, [B, C, H, W] flattened.
 * @param x The sample x = α·x₀ + σ·ε that it was asked about, same shape, before any scaling for the model.
 * @returns float32, same shape, always a new array.
 */
export function predictX0(
  type: PredictionType,
  modelOutput: Float32Array,
  x: Float32Array,
  { alpha, sigma, variance }: NoiseLevel,
): Float32Array {
  const x0 = new Float32Array(x.length);
  switch (type) {
    case "epsilon":
      for (let j = 0; j < x0.length; j++) x0[j] = f32(x[j] - f32(sigma * modelOutput[j])) / alpha;
      return x0;
    case "v_prediction": {
      // (α·x) / n² − (σ/n)·v with n² = α² + σ²: for n = 1 the variance preserving form, for α = 1 the exploding one.
      const weight = f32(sigma / f32(Math.sqrt(variance)));
      for (let j = 0; j < x0.length; j++) {
        x0[j] = f32(f32(alpha * x[j]) / variance) - f32(weight * modelOutput[j]);
      }
      return x0;
    }
    case "sample":
      x0.set(modelOutput);
      return x0;
    case "flow_prediction": {
      // x = α·x₀ + σ·(v + x₀). On a flow schedule α + σ rounds to 1.
      const sum = f32(alpha + sigma);
      for (let j = 0; j < x0.length; j++) x0[j] = f32(x[j] - f32(sigma * modelOutput[j])) / sum;
      return x0;
    }
    default:
      return type satisfies never;
  }
}

/** The predicted noise ε; parameters and result as of {@linkcode predictX0}. */
export function predictEpsilon(
  type: PredictionType,
  modelOutput: Float32Array,
  x: Float32Array,
  { alpha, sigma, variance }: NoiseLevel,
): Float32Array {
  const epsilon = new Float32Array(x.length);
  switch (type) {
    case "epsilon":
      epsilon.set(modelOutput);
      return epsilon;
    case "v_prediction": {
      // (α/n)·v + (σ·x) / n².
      const weight = f32(alpha / f32(Math.sqrt(variance)));
      for (let j = 0; j < epsilon.length; j++) {
        epsilon[j] = f32(weight * modelOutput[j]) + f32(f32(sigma * x[j]) / variance);
      }
      return epsilon;
    }
    case "sample":
      for (let j = 0; j < epsilon.length; j++) epsilon[j] = f32(x[j] - f32(alpha * modelOutput[j])) / sigma;
      return epsilon;
    case "flow_prediction": {
      const sum = f32(alpha + sigma);
      for (let j = 0; j < epsilon.length; j++) epsilon[j] = f32(x[j] + f32(alpha * modelOutput[j])) / sum;
      return epsilon;
    }
    default:
      return type satisfies never;
  }
}
