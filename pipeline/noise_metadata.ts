/**
 * What an image knows about its noise beside its seed.
 *
 * @module
 */
import {
  NOISE_GENERATORS,
  type NoiseOption,
  type NoiseSettings,
  type Variation,
} from "../ops/noise/noise_option.ts";

/** Absent fields are as by default: torch's CPU generator in float32, and no variation. */
export interface NoiseMetadata {
  /** Where the noise came from. A function of the caller's cannot be kept: that it was one is. */
  readonly noise?: NoiseSettings | "a function";
  /** What the noise at the start was mixed with. */
  readonly variation?: {
    /** In decimal. */
    readonly seed: string;
    readonly strength: number;
  };
}

/** What to keep of the options of a run for its image `i`. */
export function noiseMetadata(
  { noise, variation }: { readonly noise?: NoiseOption; readonly variation?: Variation },
  i: number,
): NoiseMetadata {
  const settings = typeof noise === "string" ? { generator: noise } : noise;
  const isDefault = settings === undefined ||
    (typeof settings === "object" && settings.generator === "torch-cpu" &&
      Object.keys(settings).length === 1);
  const mixed = variation &&
    { seed: String(BigInt(variation.seed) + BigInt(i)), strength: variation.strength };
  return {
    ...(isDefault ? {} : { noise: typeof settings === "function" ? "a function" : settings }),
    ...(mixed ? { variation: mixed } : {}),
  };
}

/** The same out of a file; undefined where it is not that. */
export function readNoiseMetadata(
  { noise, variation }: Readonly<Record<string, unknown>>,
): NoiseMetadata | undefined {
  const settings = noise as NoiseSettings | "a function" | undefined;
  const mixed = variation as NoiseMetadata["variation"];
  const known = settings === undefined || settings === "a function" ||
    NOISE_GENERATORS.includes(settings?.generator);
  const whole = mixed === undefined ||
    (typeof mixed?.seed === "string" && typeof mixed.strength === "number");
  if (!known || !whole) return undefined;
  return { ...(settings ? { noise: settings } : {}), ...(mixed ? { variation: mixed } : {}) };
}
