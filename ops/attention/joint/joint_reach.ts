/**
 * Joint attention: text and image in one sequence, of which a policy reaches a part.
 *
 * @module
 */

/** What a policy reaches in joint attention: queries of the image, and keys of the text. Ends are exclusive. */
export interface JointReach {
  readonly queries: readonly [from: number, to: number];
  readonly keys: readonly [from: number, to: number];
}

/** Which of the two comes first in the sequence: the image in Stable Diffusion 3, the text in FLUX. */
export type JointOrder = "image-text" | "text-image";

/** The reach in a sequence of `length` tokens, `text` of them those of the text. */
export function jointReach(order: JointOrder, length: number, text: number): JointReach {
  return order === "text-image"
    ? { queries: [text, length], keys: [0, text] }
    : { queries: [0, length - text], keys: [length - text, length] };
}
