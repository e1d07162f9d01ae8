import type { NoiseDtype } from "./noise_dtype.ts";

/** Generators by name: torch's on a CPU, as in diffusers and ComfyUI, and on an NVIDIA GPU, as in the web UIs' "NV". */
export const NOISE_GENERATORS = ["torch-cpu", "torch-cuda"] as const;
export type NoiseGeneratorName = (typeof NOISE_GENERATORS)[number];

/** A generator and how it is used. */
export interface NoiseSettings {
  readonly generator: NoiseGeneratorName;
  /**
   * In what precision to draw, as a pipeline in half precision does.
   *
   * @default {"float32"}
   */
  readonly dtype?: NoiseDtype;
  /** For torch-cuda: how many threads the GPU runs at once; see `TorchCudaOptions`. Default: no bound. */
  readonly gridThreads?: number;
  /**
   * Whether what a stochastic solver adds comes from a Brownian path, as in k-diffusion, so that it does not depend on
   * how many steps there are. The path is torchsde's and drawn by torch's CPU generator whatever `generator` is.
   * Default: for the solver dpmpp_sde alone, as in diffusers.
   */
  readonly brownian?: boolean;
}
export const DEFAULT_DTYPE: NoiseDtype = "float32";

/** One draw that a function is asked for. */
export interface NoiseDraw {
  /** The image's seed. */
  readonly seed: bigint;
  /** The image's place in the batch, from 0. */
  readonly image: number;
  /**
   * Which draw of the run, from 0, the noise that it begins with. (A run that starts from an image whose latents are drawn
   * from a distribution draws these first, with 0, and the noise that is put on them with 1.)
   */
  readonly draw: number;
  /** C, H, W. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** The noise levels between which a stochastic solver adds it; absent where it does not say. */
  readonly interval?: { readonly from: number; readonly to: number };
}

/** Standard normal noise of one image, C·H·W values. The same draw must give the same noise for a run to be repeated. */
export type NoiseFunction = (draw: NoiseDraw) => Float32Array;

/** Where noise comes from. */
export type NoiseOption = NoiseGeneratorName | NoiseSettings | NoiseFunction;

/** A mix of the noise that a run begins with and that of another seed. */
export interface Variation {
  /** The other seed, of the first image; image i has this plus i, as with seeds. */
  readonly seed: number | bigint;
  /** 0 is the image's own noise, 1 the other's. */
  readonly strength: number;
}
