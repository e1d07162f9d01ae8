/**
 * The numbers that each operator gives where it is given sizes: how exporters make the targets of Reshape.
 *
 * @module
 */
import { DataType } from "./onnx_types.ts";
import { type KnownNode, knownNumbers, type Size, type Sizes, wholeAttribute } from "./symbolic_shape.ts";

/** The numbers in a node's first output; undefined where none of them is known. */
type SizeRule = (known: KnownNode) => Sizes | undefined;

const list = (items: readonly Size[] | undefined): Sizes | undefined => items && { scalar: false, items };

function picked({ sizes }: KnownNode): Sizes | undefined {
  const from = sizes(0), at = sizes(1), indices = knownNumbers(at);
  return from && !from.scalar && at && indices &&
      { scalar: at.scalar, items: indices.map((i) => from.items.at(i)) } || undefined;
}

function sliced({ node, sizes }: KnownNode): Sizes | undefined {
  const [from, starts, ends] = [sizes(0), knownNumbers(sizes(1)), knownNumbers(sizes(2))];
  const steps = node.input[4] ? knownNumbers(sizes(4)) : [1];
  return from && starts && ends && steps?.[0] === 1 ? list(from.items.slice(starts[0], ends[0])) : undefined;
}

function joined({ node, sizes }: KnownNode): Sizes | undefined {
  const parts = node.input.map((_, i) => sizes(i));
  return parts.every((part) => part && !part.scalar)
    ? list(parts.flatMap((part) => part?.items ?? []))
    : undefined;
}

/** What is known of the numbers that operators give, by their types. */
export const sizeRules: Readonly<Partial<Record<string, SizeRule>>> = {
  Cast: ({ node, sizes }) => wholeAttribute(node, "to") === DataType.INT64 ? sizes(0) : undefined,
  Concat: joined,
  Gather: picked,
  Identity: ({ sizes }) => sizes(0),
  Reshape: ({ sizes }) => sizes(1)?.items.length === 1 ? list(sizes(0)?.items) : undefined,
  Shape: ({ node, shape }) =>
    list(shape(0)?.slice(wholeAttribute(node, "start") ?? 0, wholeAttribute(node, "end"))),
  Slice: sliced,
  Squeeze: ({ sizes }) =>
    sizes(0)?.items.length === 1 ? { scalar: true, items: sizes(0)?.items ?? [] } : undefined,
  Unsqueeze: ({ sizes }) => sizes(0)?.scalar ? list(sizes(0)?.items) : undefined,
};
