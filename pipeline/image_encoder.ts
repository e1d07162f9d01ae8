/**
 * From a picture to latents.
 *
 * @module
 */
import { BundleError } from "../errors.ts";
import type { Bundle } from "../models/bundle/bundle.ts";
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import type { Runtime, Session } from "../models/runtimes/runtime.ts";
import { type FloatTensor, floatTensor, stackBatches } from "../models/runtimes/tensor.ts";
import { checkFinite } from "./check_finite.ts";
import { openComponent } from "./open_component.ts";
import type { SizePlan } from "./plan.ts";

const NAME = "vae_encoder";

/** The encoder of images. It is loaded when the first run that starts from an image asks for it. */
export interface ImageEncoder extends AsyncDisposable {
  /**
   * The session.
   *
   * @throws {BundleError} if the bundle has no encoder, or it is damaged.
   */
  open(signal?: AbortSignal): Promise<Session>;
}

/** The bundle's encoder, on the runtime; whoever disposes of it gives the session back. */
export function imageEncoder(bundle: Bundle, runtime: Runtime): ImageEncoder {
  let session: Session | undefined;
  return {
    async open(signal) {
      if (session) return session;
      const model = await openComponent(bundle, NAME, { signal });
      signal?.throwIfAborted();
      return session = await runtime.compile(encodeForSession(model), NAME);
    },
    async [Symbol.asyncDispose]() {
      await session?.[Symbol.asyncDispose]();
      session = undefined;
    },
  };
}

/** What an encoder says of a picture: latents, or a normal distribution of them. */
export interface EncodedImage {
  /** [1, C, H, W]. */
  readonly mean: FloatTensor;
  /** The standard deviation, same shape; absent where the encoder gives latents and no distribution. */
  readonly deviation?: FloatTensor;
}

/** The logarithm of the variance is kept within these, as AutoencoderKL does. */
const LOG_VARIANCE = { from: -30, to: 20 };

/**
 * Encodes a picture. AutoencoderKL's encoders give mean and logarithm of variance, 2·C channels (Kingma & Welling,
 * arXiv 1312.6114); others, as that of the bundled model, latents alone.
 *
 * @param planes [1, 3, 8H, 8W] (or what the encoder's scale is), float32, −1 to 1.
 * @throws {BundleError} if the encoder's output is of another shape.
 */
export async function encodeImage(
  encoder: Session,
  planes: FloatTensor,
  { latents: [channels, height, width] }: SizePlan,
): Promise<EncodedImage> {
  const { name } = encoder.outputs[0];
  const { [name]: output } = await encoder.run({ [encoder.inputs[0].name]: planes }, [name]);
  const { shape, data } = checkFinite(output, encoder.label);
  const one = [1, channels, height, width], size = channels * height * width;
  if (shape.join() === one.join()) return { mean: floatTensor(one, data) };
  if (shape.join() !== [1, 2 * channels, height, width].join()) {
    const rule = `[1, ${channels} or ${2 * channels}, ${height}, ${width}]`;
    throw new BundleError({ doing: `run ${encoder.label}`, what: `its output ${name}`, rule, got: shape });
  }
  const deviation = data.slice(size).map((logVariance) =>
    Math.exp(0.5 * Math.min(Math.max(logVariance, LOG_VARIANCE.from), LOG_VARIANCE.to))
  );
  return { mean: floatTensor(one, data.slice(0, size)), deviation: floatTensor(one, deviation) };
}

/**
 * Latents of the picture for each of a batch, as the denoiser takes them: a draw from the distribution where there is one.
 *
 * @param noise Standard normal, [B, C, H, W]; undefined where the encoder gave no distribution.
 * @returns [B, C, H, W].
 */
export function imageLatents(
  { mean, deviation }: EncodedImage,
  batch: number,
  noise: Float32Array | undefined,
  { scalingFactor, shiftFactor }: SizePlan,
): FloatTensor {
  const repeated = stackBatches(Array<FloatTensor>(batch).fill(mean));
  const size = mean.data.length, f32 = Math.fround;
  const data = repeated.data.map((value, j) => {
    const drawn = deviation && noise ? f32(value + f32(deviation.data[j % size] * noise[j])) : value;
    return f32(drawn - shiftFactor) * scalingFactor;
  });
  return floatTensor(repeated.shape, data);
}
