/**
 * The size of the picture and of its latents.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import { type ComponentConfig, numberField } from "../models/families/config_fields.ts";

/** Sizes, and what lies between latents and pixels. */
export interface SizePlan {
  /** W, pixels. */
  readonly width: number;
  /** H, pixels. */
  readonly height: number;
  /** [C, H, W] of one image's latents. */
  readonly latents: readonly [number, number, number];
  /** The decoder is given latents / scalingFactor + shiftFactor. */
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  /** Pixels of which both sides are multiples. */
  readonly multiple: number;
}

/** Pixels for one pixel of latent: each of the autoencoder's blocks but the last halves. */
function pixelsPerLatent(vae: ComponentConfig): number {
  const blocks = vae.values.block_out_channels;
  return 2 ** ((Array.isArray(blocks) ? blocks.length : numberField(vae, "block_out_channels")) - 1);
}

/**
 * @param size What the recipe asks for; absent takes the size that the denoiser was trained at.
 * @param unet Channels and side of the denoiser's input.
 * @param granularity Number of which the latents' sides must be multiples.
 * @throws {PlanError} if the size does not fit the denoiser.
 */
export function planSize(
  size: { readonly width: number; readonly height: number } | undefined,
  unet: { readonly channels: number; readonly sampleSize: number },
  granularity: number,
  vae: ComponentConfig,
): SizePlan {
  const scale = pixelsPerLatent(vae);
  const { width, height } = size ?? { width: unet.sampleSize * scale, height: unet.sampleSize * scale };
  const step = scale * granularity;
  for (const [side, pixels] of [["width", width], ["height", height]] as const) {
    if (pixels % step === 0) continue;
    const below = Math.max(step, Math.floor(pixels / step) * step);
    throw new PlanError({
      doing: "plan the picture",
      what: `size.${side}`,
      rule: `a multiple of ${step} for this model`,
      got: pixels,
      remedy: `Take ${below} or ${below + step}.`,
    });
  }
  const channels = numberField(vae, "latent_channels", unet.channels);
  if (channels !== unet.channels) {
    throw new PlanError({
      doing: "plan the picture",
      what: "the denoiser's in_channels",
      rule: `the decoder's latent_channels (${channels})`,
      got: unet.channels,
      remedy: "Denoisers for inpainting or editing take more channels than Winnow feeds.",
    });
  }
  return {
    width,
    height,
    latents: [channels, height / scale, width / scale],
    scalingFactor: numberField(vae, "scaling_factor", 1),
    shiftFactor: numberField(vae, "shift_factor", 0),
    multiple: step,
  };
}

/** The size nearest to a picture's that the model can draw; half-way between two, the larger. */
export function sizeOfImage(
  plan: SizePlan,
  image: { readonly width: number; readonly height: number },
): SizePlan {
  const nearest = (pixels: number) => Math.max(Math.round(pixels / plan.multiple), 1) * plan.multiple;
  const width = nearest(image.width), height = nearest(image.height);
  const [channels, latentHeight] = plan.latents, scale = plan.height / latentHeight;
  return { ...plan, width, height, latents: [channels, height / scale, width / scale] };
}
