/**
 * Where each family of models has cross-attention, for the type checker and for the schema.
 *
 * @module
 */
import type { Model } from "./recipe_model.ts";

/**
 * Every place in a network where prompt and picture meet. U-Nets have `down`, `mid` and `up` blocks; transformers of
 * the MMDiT kind have blocks in which both streams attend to each other, `joint`, and to themselves as one, `single`.
 */
export const PLACES = ["down", "mid", "up", "joint", "single"] as const;

/** A place in a network where prompt and picture meet. */
export type Place = (typeof PLACES)[number];

const UNET_PLACES = ["down", "mid", "up"] as const satisfies readonly Place[];

/** The places that each family has. */
export const PLACES_OF = {
  "pocket": UNET_PLACES,
  "pocket-turbo": UNET_PLACES,
  "stable-diffusion": UNET_PLACES,
  "stable-diffusion-xl": UNET_PLACES,
} as const satisfies Record<Model["kind"], readonly Place[]>;

/** The places that the family of the model `M` has. */
export type PlacesOf<M extends Model> = (typeof PLACES_OF)[M["kind"]][number];
