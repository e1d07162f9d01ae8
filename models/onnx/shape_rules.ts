/**
 * The shape that each operator gives, after ONNX's operator reference; those with no rule tell nothing.
 *
 * @module
 */
import { attributeOf, toNumber } from "./onnx_types.ts";
import {
  axesOf,
  fromFront,
  type KnownNode,
  type Shape,
  type Size,
  wholeAttribute,
} from "./symbolic_shape.ts";

/** The shape of a node's first output; undefined where its rank is not known. */
type ShapeRule = (known: KnownNode) => Shape | undefined;

/** Ops whose first output has the shape of their first operand. */
const KEEPS = [
  "Cast",
  "Cos",
  "Erf",
  "Identity",
  "InstanceNormalization",
  "LayerNormalization",
  "Neg",
  "Reciprocal",
  "Relu",
  "Sigmoid",
  "Sin",
  "Softmax",
  "Sqrt",
  "Tanh",
];

/** Ops that broadcast all their operands. */
const BROADCASTS = ["Add", "Div", "Equal", "Less", "Mod", "Mul", "Pow", "Sub", "Where"];

/** Two sizes can be broadcast if they are equal or one of them is 1. */
function broadcastSize(a: Size, b: Size): Size {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  return [a, b].find((size) => typeof size === "number");
}

function broadcast(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (!a || !b) return undefined;
  const rank = Math.max(a.length, b.length);
  const padded = (shape: Shape) => [...Array<Size>(rank - shape.length).fill(1), ...shape];
  const [left, right] = [padded(a), padded(b)];
  return left.map((size, i) => broadcastSize(size, right[i]));
}

/** The target of a Reshape: 0 is the operand's own size on that axis, and -1 what is left. */
function reshaped({ node, shape, sizes }: KnownNode): Shape | undefined {
  const own = wholeAttribute(node, "allowzero") ? undefined : shape(0);
  return sizes(1)?.items.map((size, i) => size === 0 ? own?.[i] : size === -1 ? undefined : size);
}

function unsqueezed(known: KnownNode): Shape | undefined {
  const shape = known.shape(0), axes = axesOf(known);
  if (!shape || !axes) return undefined;
  const rank = shape.length + axes.length, added = new Set(axes.map((axis) => fromFront(axis, rank)));
  const kept = [...shape];
  return Array.from({ length: rank }, (_, i) => added.has(i) ? 1 : kept.shift());
}

function sliced({ shape, sizes }: KnownNode): Shape | undefined {
  const whole = shape(0), [starts, axes] = [sizes(1)?.items, sizes(3)?.items];
  if (!whole || !starts) return undefined;
  const cut = (axes ?? starts.map((_, i) => i)).map((axis) =>
    typeof axis === "number" ? fromFront(axis, whole.length) : undefined
  );
  return cut.includes(undefined)
    ? whole.map(() => undefined)
    : whole.map((size, i) => cut.includes(i) ? undefined : size);
}

function joined({ node, shape }: KnownNode): Shape | undefined {
  const parts = node.input.map((_, i) => shape(i)), axis = wholeAttribute(node, "axis");
  const [first] = parts;
  if (!first || axis === undefined) return undefined;
  const along = fromFront(axis, first.length);
  return first.map((_, i) => {
    const sizes = parts.map((part) => part?.[i]);
    if (i !== along) return sizes.find((size) => size !== undefined);
    return sizes.every((size) => typeof size === "number") ? sizes.reduce((a, b) => a + b, 0) : undefined;
  });
}

function gathered({ node, shape }: KnownNode): Shape | undefined {
  const data = shape(0), indices = shape(1);
  if (!data || !indices) return undefined;
  const axis = fromFront(wholeAttribute(node, "axis") ?? 0, data.length);
  return [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
}

function multiplied({ shape }: KnownNode): Shape | undefined {
  const [a, b] = [shape(0), shape(1)];
  if (!a || !b || a.length < 2 || b.length < 2) return undefined;
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
  return batch && [...batch, a.at(-2), b.at(-1)];
}

function gemm({ node, shape }: KnownNode): Shape | undefined {
  const [a, b] = [shape(0), shape(1)];
  return a && b && [a[wholeAttribute(node, "transA") ? 1 : 0], b[wholeAttribute(node, "transB") ? 0 : 1]];
}

function reduced(known: KnownNode): Shape | undefined {
  const shape = known.shape(0), axes = axesOf(known);
  if (!shape || !axes || wholeAttribute(known.node, "keepdims") === 0) return undefined;
  const over = axes.map((axis) => fromFront(axis, shape.length));
  return shape.map((size, i) => over.includes(i) ? 1 : size);
}

/** `"m,d->md"`: each letter is an axis. */
function einsum({ node, shape }: KnownNode): Shape | undefined {
  const [, left, right] = /^([a-zA-Z,\s]+)->([a-zA-Z\s]*)$/.exec(
    new TextDecoder().decode(attributeOf(node, "equation")?.s),
  ) ?? [];
  if (left === undefined) return undefined;
  const letters = (term: string) => [...term.replaceAll(/\s/g, "")];
  const axes = left.split(",").flatMap((term, i) =>
    letters(term).map((letter, axis) => ({ letter, size: shape(i)?.[axis] }))
  );
  return letters(right).map((letter) =>
    axes.filter((axis) => axis.letter === letter).map(({ size }) => size).reduce(broadcastSize)
  );
}

/** What is known of the shapes that operators give, by their types. */
export const shapeRules: Readonly<Partial<Record<string, ShapeRule>>> = {
  ...Object.fromEntries(KEEPS.map((op): [string, ShapeRule] => [op, ({ shape }) => shape(0)])),
  ...Object.fromEntries(
    BROADCASTS.map((op): [string, ShapeRule] => [
      op,
      ({ node, shape }) => node.input.map((_, i) => shape(i)).reduce(broadcast),
    ]),
  ),
  Concat: joined,
  ConstantOfShape: ({ sizes }) => sizes(0)?.items,
  Conv: ({ shape }) => shape(0)?.map((size, i) => i === 0 ? size : i === 1 ? shape(1)?.[0] : undefined),
  Einsum: einsum,
  Expand: ({ shape, sizes }) => broadcast(shape(0), sizes(1)?.items),
  Gather: gathered,
  Gemm: gemm,
  MatMul: multiplied,
  Range: () => [undefined],
  ReduceMean: reduced,
  Reshape: reshaped,
  Shape: ({ node, shape }) => [
    shape(0)?.slice(wholeAttribute(node, "start") ?? 0, wholeAttribute(node, "end")).length,
  ],
  Slice: sliced,
  Transpose: ({ node, shape }) => {
    const own = shape(0);
    return own && attributeOf(node, "perm")?.ints?.map((axis) => own[toNumber(axis)]);
  },
  Unsqueeze: unsqueezed,
};
