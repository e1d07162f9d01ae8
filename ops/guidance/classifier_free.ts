import { difference, pushed } from "./guidance_push.ts";

/**
 * u + w·(c − u), float32. Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022, equation (6), with w counted as
 * in Imagen: 1 is the conditional prediction itself.
 */
export function classifierFree(
  unconditional: Float32Array,
  conditional: Float32Array,
  scale: number,
): Float32Array {
  return pushed(unconditional, difference(conditional, unconditional), scale);
}
