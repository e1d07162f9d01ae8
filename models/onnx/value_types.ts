/**
 * The element types of a graph's values, told without running it.
 *
 * Exporters write no value_info, and the parts of a cut graph must declare what they take and give.
 *
 * @module
 */
import { attributeOf, DataType, type GraphProto, type NodeProto, toNumber } from "./onnx_types.ts";

/** The element type of a value (ONNX's TensorProto.DataType), or undefined where the rules below do not tell it. */
export type ValueTypes = (value: string) => number | undefined;

const GIVES_INT64 = new Set(["Shape", "Size", "NonZero", "ArgMax", "ArgMin", "NonMaxSuppression"]);
const GIVES_BOOL = new Set([
  "Equal",
  "Less",
  "LessOrEqual",
  "Greater",
  "GreaterOrEqual",
  "And",
  "Or",
  "Xor",
  "Not",
  "IsNaN",
  "IsInf",
]);
/** Ops whose outputs have the type of an operand other than the first. */
const TYPED_BY: Readonly<Record<string, number>> = {
  Where: 1,
  CastLike: 1,
  OneHot: 2,
  DequantizeLinear: 1,
  Compress: 0,
};

function constantType(node: NodeProto): number | undefined {
  const tensor = attributeOf(node, "value")?.t;
  if (tensor) return tensor.dataType;
  if (attributeOf(node, "value_float") || attributeOf(node, "value_floats")) return DataType.FLOAT;
  return attributeOf(node, "value_int") || attributeOf(node, "value_ints") ? DataType.INT64 : undefined;
}

function outputType(node: NodeProto, i: number, typeOf: ValueTypes): number | undefined {
  const { opType } = node;
  if (GIVES_INT64.has(opType) || (opType === "TopK" && i === 1)) return DataType.INT64;
  if (GIVES_BOOL.has(opType)) return DataType.BOOL;
  switch (opType) {
    case "Cast":
      return toNumber(attributeOf(node, "to")?.i);
    case "Constant":
      return constantType(node);
    case "ConstantOfShape":
      return attributeOf(node, "value")?.t?.dataType ?? DataType.FLOAT;
    case "If":
    case "Loop":
    case "Scan":
      return undefined;
  }
  return typeOf(node.input[TYPED_BY[opType] ?? 0]);
}

/** Infers the element type of every value. The graph's nodes must be in topological order, as ONNX demands. */
export function inferValueTypes(graph: GraphProto): ValueTypes {
  const types = new Map<string, number>();
  const set = (name: string | undefined, type: number | undefined) => {
    if (name && type !== undefined) types.set(name, type);
  };
  for (const { name, type } of [...graph.input, ...(graph.valueInfo ?? []), ...graph.output]) {
    set(name, type?.tensorType?.elemType);
  }
  for (const { name, dataType } of graph.initializer) set(name, dataType);
  const typeOf: ValueTypes = (value) => types.get(value);
  for (const node of graph.node) {
    node.output.forEach((output, i) => types.has(output) || set(output, outputType(node, i, typeOf)));
  }
  return typeOf;
}
