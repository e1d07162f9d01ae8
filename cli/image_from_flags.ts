/**
 * The picture behind `--image`.
 *
 * @module
 */

import { ImageError } from "../errors.ts";
import type { StartOptions } from "../pipeline/run_start.ts";
import type { GenerateFlags } from "./generate_flags.ts";
import { inputUrl, readInput } from "./input_files.ts";
import { usageError } from "./usage_error.ts";

/**
 * The file that `--image` names, and how much of it `--strength` gives up.
 *
 * @throws {UsageError} If there is a strength and no image.
 * @throws {ImageError} If there is no such file.
 */
export async function imageFromFlags(
  { image, strength }: Pick<GenerateFlags, "image" | "strength">,
  signal?: AbortSignal,
): Promise<StartOptions> {
  if (image !== undefined) {
    const file = await readInput(inputUrl(image).url, `read the picture ${image}`, signal, ImageError);
    return { image: file, ...(strength === undefined ? {} : { strength }) };
  }
  if (strength === undefined) return {};
  throw usageError({ what: "--strength", rule: "used with --image", got: strength });
}
