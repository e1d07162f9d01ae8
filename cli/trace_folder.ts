/**
 * The folder of NumPy files behind `--trace`.
 *
 * @module
 */

import { join } from "node:path";
import { writeAtomic } from "../pipeline/atomic_write.ts";
import { encodeNpy, type NpyArray } from "../pipeline/npy.ts";

/**
 * A `trace` option for `generate()` that writes each tensor to a file of its name:
 * `noise.npy`, `timesteps.npy`, `prompt_embeds.npy`, `step-000.npy`, …, `latents.npy`, `image.npy`.
 */
export function traceTo(
  folder: string,
  signal?: AbortSignal,
): (name: string, tensor: NpyArray) => Promise<void> {
  return (name, tensor) => writeAtomic(join(folder, `${name}.npy`), encodeNpy(tensor), { signal });
}
