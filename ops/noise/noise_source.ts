/** The noise of a run, drawn for each image from its own seed. */
import { DomainError } from "../../errors.ts";
import { brownianTree } from "./brownian_tree.ts";
import type { RandomGenerator } from "./noise_dtype.ts";
import {
  DEFAULT_DTYPE,
  NOISE_GENERATORS,
  type NoiseDraw,
  type NoiseOption,
  type NoiseSettings,
  type Variation,
} from "./noise_option.ts";
import { TorchCudaGenerator } from "./torch_cuda_generator.ts";
import { TorchGenerator } from "./torch_generator.ts";
import { variationNoise } from "./variation_noise.ts";

/** The run that noise is drawn for. */
export interface NoisyRun {
  /** One for each image. */
  readonly seeds: readonly bigint[];
  /** C, H, W of each. */
  readonly shape: NoiseDraw["shape"];
  readonly solver: string;
  /** The noise levels of the run; those that are not finite, and zero, have no part in a Brownian path. */
  readonly sigmas: ArrayLike<number>;
  /**
   * How many draws the run begins with, which a variation mixes: 2 where it starts from an image whose latents are drawn
   * from a distribution. @default {1}
   */
  readonly beginnings?: number;
}
export const DEFAULT_BEGINNINGS = 1;

/** Standard normal noise for the whole batch, [B, C, H, W] flattened. The first draws are what the run begins with. */
export type BatchNoise = (interval?: NoiseDraw["interval"]) => Float32Array<ArrayBuffer>;

/** What diffusers draws from a Brownian path. */
const BROWNIAN_SOLVERS: readonly string[] = ["dpmpp_sde"];

function refusal(what: string, rule: string, got: unknown): DomainError {
  return new DomainError({ doing: "draw noise", what, rule, got });
}

function settingsOf(option: Exclude<NoiseOption, (draw: NoiseDraw) => Float32Array>): NoiseSettings {
  const settings = typeof option === "string" ? { generator: option } : option;
  const rule = `one of ${NOISE_GENERATORS.join(", ")}, settings with a generator, or a function`;
  if (!NOISE_GENERATORS.includes(settings?.generator)) throw refusal("noise", rule, option);
  return settings;
}

function generatorOf({ generator, gridThreads }: NoiseSettings, seed: number | bigint): RandomGenerator {
  switch (generator) {
    case "torch-cpu":
      if (gridThreads !== undefined) throw refusal("noise.gridThreads", "absent for torch-cpu", gridThreads);
      return new TorchGenerator(seed);
    case "torch-cuda":
      return new TorchCudaGenerator(seed, gridThreads === undefined ? {} : { gridThreads });
    default:
      return generator satisfies never;
  }
}

/** Draws one image's noise. */
type ImageNoise = (draw: NoiseDraw) => Float32Array;

/** A generator for each image; all noise of an image comes from its own. */
function generatedNoise(settings: NoiseSettings, seeds: readonly bigint[]): ImageNoise {
  const generators = seeds.map((seed) => generatorOf(settings, seed));
  const { dtype = DEFAULT_DTYPE } = settings;
  return ({ image, shape: [channels, height, width] }) =>
    generators[image].randn(channels * height * width, dtype);
}

function brownianNoise(
  { seeds, shape, sigmas }: NoisyRun,
): (interval: NoiseDraw["interval"]) => Float32Array {
  const levels = Array.from(sigmas).filter((sigma) => sigma > 0 && sigma < Infinity);
  const size = seeds.length * shape.reduce((product, side) => product * side, 1);
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  return brownianTree({ seed: seeds.map((seed) => BigInt.asUintN(64, seed)), low, high, size });
}

/** The noise that images begin with, mixed with that of the variation's seeds. */
function varied(
  first: ImageNoise,
  other: ImageNoise,
  { seed, strength }: Variation,
  beginnings: number,
): ImageNoise {
  if (!(strength >= 0 && strength <= 1)) {
    throw refusal("variation.strength", "a number from 0 to 1", strength);
  }
  return (draw) => {
    const noise = first(draw);
    if (draw.draw >= beginnings) return noise;
    return variationNoise(
      noise,
      other({ ...draw, seed: BigInt(seed) + BigInt(draw.image) }),
      strength,
      draw.shape,
    );
  };
}

/**
 * The noise of a run.
 *
 * @param option Where it comes from.
 * @throws {DomainError} when an option is out of its range; and, from the source, when a function gives something else
 *   than as many finite numbers as were asked for
 */
export function noiseSource(option: NoiseOption, run: NoisyRun, variation?: Variation): BatchNoise {
  const { seeds, shape, solver, beginnings = DEFAULT_BEGINNINGS } = run;
  const settings = typeof option === "function" ? undefined : settingsOf(option);
  const source = (of: readonly bigint[]): ImageNoise =>
    typeof option === "function" ? option : generatedNoise(settings as NoiseSettings, of);
  const own = source(seeds);
  const others = variation && source(seeds.map((_, image) => BigInt(variation.seed) + BigInt(image)));
  const each = variation && others ? varied(own, others, variation, beginnings) : own;
  const along = (settings?.brownian ?? (settings && BROWNIAN_SOLVERS.includes(solver)))
    ? brownianNoise(run)
    : undefined;
  const size = shape.reduce((product, side) => product * side, 1);
  let draw = 0;
  return (interval) => {
    const batch = new Float32Array(seeds.length * size);
    if (along && interval) {
      batch.set(along(interval));
      return batch;
    }
    for (const [image, seed] of seeds.entries()) {
      const noise = each({ seed, image, draw, shape, ...(interval ? { interval } : {}) });
      const isNoise = noise instanceof Float32Array && noise.length === size && noise.every(Number.isFinite);
      if (!isNoise) {
        throw refusal("what the noise function gives", `a Float32Array of ${size} finite numbers`, noise);
      }
      batch.set(noise, image * size);
    }
    draw++;
    return batch;
  };
}
