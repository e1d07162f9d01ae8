/**
 * Shapes of which the sizes may be names, and what a rule is told of a node.
 *
 * @module
 */
import { attributeOf, type NodeProto, toNumber } from "./onnx_types.ts";

/** A size: a number, the name that graph inputs give it, or undefined where neither is known. */
export type Size = number | string | undefined;

/** One size for each axis. */
export type Shape = readonly Size[];

/** The numbers in an int64 tensor: one of rank 0, or a list of rank 1. Not all are sizes: -1 is among them. */
export interface Sizes {
  readonly scalar: boolean;
  readonly items: readonly Size[];
}

/** A node, and what is known of its operands. */
export interface KnownNode {
  readonly node: NodeProto;
  /** The shape of operand i; undefined where its rank is not known. */
  shape(i: number): Shape | undefined;
  /** The numbers in operand i; undefined where it may not be a short tensor of rank 0 or 1. */
  sizes(i: number): Sizes | undefined;
}

/** An attribute that is one whole number. */
export function wholeAttribute(node: NodeProto, name: string): number | undefined {
  const attribute = attributeOf(node, name);
  return attribute && toNumber(attribute.i);
}

/** Numbers that are all known. */
export function knownNumbers(sizes: Sizes | undefined): number[] | undefined {
  const numbers = sizes?.items.filter((item) => typeof item === "number");
  return numbers && numbers.length === sizes?.items.length ? numbers : undefined;
}

/** The axes of Unsqueeze, Squeeze and the reductions: an attribute, or since operator set 13 (18) the second operand. */
export function axesOf({ node, sizes }: KnownNode): number[] | undefined {
  return attributeOf(node, "axes")?.ints?.map(toNumber) ?? knownNumbers(sizes(1));
}

/** An axis counted from the front. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
