/**
 * Stable Diffusion XL: two text encoders side by side, a pooled embedding, and size conditioning.
 * SDXL: Improving Latent Diffusion Models for High-Resolution Image Synthesis, arXiv 2307.01952.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import { type FloatTensor, floatTensor } from "../runtimes/tensor.ts";
import type { Family } from "./family.ts";
import { denoiserSites } from "./denoiser_sites.ts";

/** [1, K, C₁] and [1, K, C₂] → [1, K, C₁ + C₂]. */
function joinWidths(a: FloatTensor, b: FloatTensor): FloatTensor {
  const [, keys, widthA] = a.shape, widthB = b.shape[2];
  if (b.shape[1] !== keys) {
    throw new BundleError({
      doing: "join the two text encoders",
      what: "their token counts",
      rule: `equal (text_encoder gives [${a.shape.join(", ")}])`,
      got: b.shape,
    });
  }
  const width = widthA + widthB;
  const data = new Float32Array(keys * width);
  for (let key = 0; key < keys; key++) {
    data.set(a.data.subarray(key * widthA, (key + 1) * widthA), key * width);
    data.set(b.data.subarray(key * widthB, (key + 1) * widthB), key * width + widthA);
  }
  return floatTensor([1, keys, width], data);
}

/** The layer before the last, not normalised; clipSkip counts from there (diffusers' StableDiffusionXLPipeline). */
const penultimate = (layers: number, clipSkip: number) =>
  ({ kind: "output", name: `hidden_states.${layers - 1 - clipSkip}` }) as const;

/** Stable Diffusion XL. */
export const stableDiffusionXlFamily: Family = {
  kind: "stable-diffusion-xl",
  title: "Stable Diffusion XL",
  textEncoders: [
    { component: "text_encoder", tokenizer: "tokenizer", hiddenState: penultimate },
    {
      component: "text_encoder_2",
      tokenizer: "tokenizer_2",
      hiddenState: penultimate,
      pooled: "text_embeds",
    },
  ],
  denoiser: "unet",
  inputs: { text: "encoder_hidden_states", image: "sample" },
  addedInputs: ["text_embeds", "time_ids"],
  pipelineClasses: ["StableDiffusionXLPipeline", "ORTStableDiffusionXLPipeline"],
  declaredSites: denoiserSites,
  schedulerOverrides: {},
  joinEncodings([first, second], { width, height }) {
    // original size, top left of the crop, target size: all as if the picture had been made at this size.
    const timeIds = Float32Array.of(height, width, 0, 0, height, width);
    return {
      encoderHiddenStates: joinWidths(first.hidden, second.hidden),
      added: {
        text_embeds: second.pooled as FloatTensor,
        time_ids: floatTensor([1, timeIds.length], timeIds),
      },
    };
  },
  zeroNegative: (modelIndex) => modelIndex.force_zeros_for_empty_prompt !== false,
};
