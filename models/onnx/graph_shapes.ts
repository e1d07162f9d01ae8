/**
 * The shapes of a graph's values, told without running it, in the names that its inputs give their sizes.
 *
 * ONNX: two sizes of a graph's inputs that have one name (`dim_param`) are equal in every run. A few rules follow these
 * names through the nodes; whatever no rule tells is not known, and never guessed. Sizes are taken to be at least 1.
 *
 * @module
 */
import type { GraphIndex } from "./graph_index.ts";
import { attributeOf, DataType, type Dimension, type TensorProto, toNumber } from "./onnx_types.ts";
import { shapeRules } from "./shape_rules.ts";
import { sizeRules } from "./size_rules.ts";
import type { Shape, Size, Sizes } from "./symbolic_shape.ts";

/** What is known of a graph's values. */
export interface GraphShapes {
  /** The shape of a value; undefined where its rank is not known. */
  shapeOf(value: string): Shape | undefined;
  /** The numbers in a value; undefined where it may not be a short tensor of rank 0 or 1. */
  sizesIn(value: string): Sizes | undefined;
}

/** Longer lists are data, not shapes. */
const MOST_ITEMS = 16;

function sizeOf({ dimParam, dimValue }: Dimension): Size {
  return dimParam || toNumber(dimValue) || undefined;
}

/** As many numbers as a shape says, none of them known. */
function unknownSizes(shape: Shape | undefined): Sizes | undefined {
  if (!shape || shape.length > 1) return undefined;
  const count = shape.length === 0 ? 1 : shape[0];
  if (typeof count !== "number" || count > MOST_ITEMS) return undefined;
  return { scalar: shape.length === 0, items: Array<Size>(count).fill(undefined) };
}

function shapeOfSizes({ scalar, items }: Sizes): Shape {
  return scalar ? [] : [items.length];
}

/** Infers what can be known of every value. The graph's nodes must be in topological order, as ONNX demands. */
export function inferShapes(index: GraphIndex): GraphShapes {
  const { graph } = index;
  const shapes = new Map<string, Shape>(), sizes = new Map<string, Sizes>();
  const shapeOf = (value: string) => shapes.get(value);
  const sizesIn = (value: string) => sizes.get(value) ?? unknownSizes(shapes.get(value));
  const addConstant = (name: string, { dims = [], dataType }: TensorProto) => {
    shapes.set(name, dims.map(toNumber));
    if (dataType !== DataType.INT64 || dims.length > 1) return;
    const scalar = dims.length === 0, only = index.scalar(name);
    const items = scalar ? only === undefined ? [] : [only] : index.numbers(name) ?? [];
    if (items.length === (scalar ? 1 : toNumber(dims[0]))) sizes.set(name, { scalar, items });
  };
  for (const { name, type } of graph.input) {
    const dims = type?.tensorType?.shape?.dim;
    if (dims) shapes.set(name, dims.map(sizeOf));
  }
  for (const tensor of graph.initializer) addConstant(tensor.name ?? "", tensor);
  for (const node of graph.node) {
    if (node.domain && node.domain !== "ai.onnx") continue;
    const constant = node.opType === "Constant" ? attributeOf(node, "value")?.t : undefined;
    if (constant) {
      addConstant(node.output[0], constant);
      continue;
    }
    const known = {
      node,
      shape: (i: number) => shapeOf(node.input[i]),
      sizes: (i: number) => sizesIn(node.input[i]),
    };
    const [output] = node.output, held = sizeRules[node.opType]?.(known);
    if (held) sizes.set(output, held);
    const shape = held ? shapeOfSizes(held) : shapeRules[node.opType]?.(known);
    if (shape) shapes.set(output, shape);
  }
  return { shapeOf, sizesIn };
}
