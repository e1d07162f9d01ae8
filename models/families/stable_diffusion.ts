/**
 * Stable Diffusion 1 and 2, and every model of their layout: one CLIP text encoder, a conditional U-Net, a VAE.
 * High-Resolution Image Synthesis with Latent Diffusion Models, arXiv 2112.10752.
 *
 * @module
 */
import type { Family } from "./family.ts";
import { denoiserSites } from "./denoiser_sites.ts";

/** Stable Diffusion 1 and 2. */
export const stableDiffusionFamily: Family = {
  kind: "stable-diffusion",
  title: "Stable Diffusion",
  textEncoders: [{
    component: "text_encoder",
    tokenizer: "tokenizer",
    hiddenState: (_layers, clipSkip) => ({ kind: "normalized", clipSkip }),
  }],
  denoiser: "unet",
  inputs: { text: "encoder_hidden_states", image: "sample" },
  addedInputs: [],
  pipelineClasses: ["StableDiffusionPipeline", "OnnxStableDiffusionPipeline", "ORTStableDiffusionPipeline"],
  declaredSites: denoiserSites,
  // diffusers' StableDiffusionPipeline.__init__ corrects these two in early configurations.
  schedulerOverrides: { steps_offset: 1, clip_sample: false },
  joinEncodings: ([encoding]) => ({ encoderHiddenStates: encoding.hidden, added: {} }),
  zeroNegative: () => false,
};

/** The bundled model: Stable Diffusion's layout at a small size. */
export const pocketFamily: Family = { ...stableDiffusionFamily, kind: "pocket", title: "the bundled model" };

/** Its guidance-distilled sibling. */
export const pocketTurboFamily: Family = {
  ...stableDiffusionFamily,
  kind: "pocket-turbo",
  title: "the bundled guidance-distilled model",
};
