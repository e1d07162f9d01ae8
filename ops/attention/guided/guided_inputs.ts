/**
 * Graph inputs of guidance that acts inside attention. Changing them compiles nothing.
 *
 * @module
 */

/** Rows of the batch whose self-attention map is the identity: 1 for those, else 0; [B, 1, 1]. */
export const PAG_ROWS = "pag_rows";
/** Rows of the batch whose queries are blurred, likewise. */
export const SEG_ROWS = "seg_rows";
/** Rows of the batch for which some transformer blocks are left out, likewise. */
export const SLG_ROWS = "slg_rows";
/** s, τ and α of NAG, scalars. */
export const NAG_SCALE = "nag_scale", NAG_TAU = "nag_tau", NAG_ALPHA = "nag_alpha";

/** The blur along one axis of grids that are `factor` times smaller than the latents, [length, length]. */
export function blurInput(axis: "rows" | "columns", factor: number): string {
  return `seg_blur_${axis}_${factor}`;
}
