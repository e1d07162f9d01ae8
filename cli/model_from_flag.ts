/**
 * The model behind `--model`.
 *
 * @module
 */

import { openBundle } from "../models/bundle/open_bundle.ts";
import { familyKindOf } from "../models/families/find_family.ts";
import type { InputOptions } from "./input_files.ts";
import { pocket, pocketTurbo, type Recipe, stableDiffusion, stableDiffusionXl } from "../recipes/recipes.ts";

/**
 * The model that a flag's value names: `pocket`, `pocket-turbo`, or a bundle whose model_index.json tells the family.
 *
 * @throws {BundleError} If there is no bundle, or it is of a family that Winnow does not run.
 */
export async function modelFromFlag(value: string, options?: InputOptions): Promise<Recipe["model"]> {
  if (value === "pocket") return pocket();
  if (value === "pocket-turbo") return pocketTurbo();
  const { modelIndex } = await openBundle(value, { signal: options?.signal, onProgress: options?.onFetch });
  const kind = familyKindOf(modelIndex, value);
  switch (kind) {
    case "stable-diffusion":
      return stableDiffusion(value);
    case "stable-diffusion-xl":
      return stableDiffusionXl(value);
    default:
      return kind satisfies never;
  }
}
