/**
 * How head vectors lie in memory.
 *
 * Axis legend: B batch, H heads, L length of a sequence, D head size.
 *
 * @module
 */

/** `packed` [B, L, H·D], `rows` [B, L, H, D], `heads` [B, H, L, D], `folded` [B·H, L, D]. */
export type OperandLayout = "packed" | "rows" | "heads" | "folded";

/** H and D. */
export interface HeadSizes {
  readonly heads: number;
  readonly headSize: number;
}

/** B and L. */
export interface SequenceSizes {
  readonly batch: number;
  readonly length: number;
}

/** B and L of a tensor of this shape. */
export function sequenceSizes(layout: OperandLayout, shape: readonly number[], heads: number): SequenceSizes {
  switch (layout) {
    case "packed":
    case "rows":
      return { batch: shape[0], length: shape[1] };
    case "heads":
      return { batch: shape[0], length: shape[2] };
    case "folded":
      return { batch: shape[0] / heads, length: shape[1] };
    default:
      return layout satisfies never;
  }
}

/** The shape of a tensor in this layout. */
export function layoutShape(
  layout: OperandLayout,
  { batch, length }: SequenceSizes,
  { heads, headSize }: HeadSizes,
): number[] {
  switch (layout) {
    case "packed":
      return [batch, length, heads * headSize];
    case "rows":
      return [batch, length, heads, headSize];
    case "heads":
      return [batch, heads, length, headSize];
    case "folded":
      return [batch * heads, length, headSize];
    default:
      return layout satisfies never;
  }
}

/** Strides of batch, head and position, in elements. */
export function layoutStrides(
  layout: OperandLayout,
  length: number,
  { heads, headSize }: HeadSizes,
): [batch: number, head: number, position: number] {
  const whole = length * heads * headSize;
  return layout === "packed" || layout === "rows"
    ? [whole, headSize, heads * headSize]
    : [whole, length * headSize, headSize];
}
