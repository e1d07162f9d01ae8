/**
 * From latents to pictures.
 *
 * @module
 */
import type { Session } from "../models/runtimes/runtime.ts";
import { type FloatTensor, sliceBatch, stackBatches } from "../models/runtimes/tensor.ts";
import { checkFinite } from "./check_finite.ts";
import type { SizePlan } from "./plan.ts";

/**
 * Decodes latents, one image at a time: the decoder is the part that needs the most memory, and it does not gain
 * from batches.
 *
 * @param latents [B, C, H, W], as the denoiser left them.
 * @returns [B, 3, 8H, 8W] (or what the decoder's scale is), float32, 0 to 1.
 */
export async function decodeLatents(
  decoder: Session,
  latents: FloatTensor,
  size: SizePlan,
): Promise<FloatTensor> {
  const output = decoder.outputs[0].name, input = decoder.inputs[0].name;
  const images: FloatTensor[] = [];
  for (let b = 0; b < latents.shape[0]; b++) {
    const one = sliceBatch(latents, b, b + 1);
    const scaled = { ...one, data: one.data.map((x) => x / size.scalingFactor + size.shiftFactor) };
    const { [output]: decoded } = await decoder.run({ [input]: scaled }, [output]);
    const { data, shape } = checkFinite(decoded, decoder.label);
    images.push({ dtype: "float32", shape, data: data.map((x) => Math.min(Math.max(x / 2 + 0.5, 0), 1)) });
  }
  return stackBatches(images);
}
