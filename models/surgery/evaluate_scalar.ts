/**
 * Numbers that a graph computes from constants and from a head's size.
 *
 * @module
 */
import type { GraphIndex } from "../onnx/graph_index.ts";
import { attributeOf, DataType, type NodeProto, toNumber } from "../onnx/onnx_types.ts";

/** Whether a node picks the last size of a Shape: `Shape(x)[-1]`, perhaps of its sizes in another order. */
function picksLastSize(index: GraphIndex, node: NodeProto): boolean {
  const at = index.scalar(node.input[1]), source = index.producer(node.input[0]);
  if (at !== -1 && at !== 3) return false;
  if (source?.opType === "Shape") return true;
  if (source?.opType !== "Gather" || index.producer(source.input[0])?.opType !== "Shape") return false;
  return index.numbers(source.input[1])?.at(-1) === 3;
}

/**
 * The one number that a value holds, where it follows from constants alone or from the head size: the scale of
 * attention is often 1/√(the last size of the queries).
 *
 * @param headSize D, what `Shape(…)[-1]` gives; NaN where it is not known.
 * @returns Undefined where it follows from something else.
 */
export function evaluateScalar(index: GraphIndex, value: string, headSize: number): number | undefined {
  const known = index.scalar(value);
  if (known !== undefined) return known;
  const node = index.producer(value);
  if (!node) return undefined;
  const operand = (i: number) => evaluateScalar(index, node.input[i], headSize);
  const unary = (f: (x: number) => number) => {
    const x = operand(0);
    return x === undefined ? undefined : f(x);
  };
  const binary = (f: (x: number, y: number) => number) => {
    const x = operand(0), y = operand(1);
    return x === undefined || y === undefined ? undefined : f(x, y);
  };
  switch (node.opType) {
    case "Cast":
    case "Identity":
    case "Squeeze":
    case "Unsqueeze":
    case "Reshape":
      return operand(0);
    case "Sqrt":
      return unary(Math.sqrt);
    case "Reciprocal":
      return unary((x) => 1 / x);
    case "Mul":
      return binary((x, y) => x * y);
    case "Div":
      return binary((x, y) => x / y);
    case "Pow":
      return binary((x, y) => x ** y);
    case "Slice":
    case "Gather":
      return picksLastSize(index, node) ? headSize : undefined;
    case "ConstantOfShape":
      return node.attribute?.length ? scalarAttribute(node) : 0;
  }
  return undefined;
}

function scalarAttribute(node: NodeProto): number | undefined {
  const tensor = node.attribute?.find(({ name }) => name === "value")?.t;
  if (tensor?.dataType !== DataType.FLOAT) return undefined;
  const raw = tensor.rawData;
  return raw?.length === 4
    ? new DataView(raw.buffer, raw.byteOffset, 4).getFloat32(0, true)
    : tensor.floatData?.[0];
}

/** The size of a value's last axis, where a weight above it tells. */
export function lastSize(index: GraphIndex, value: string): number | undefined {
  const weight = index.initializer(value);
  if (weight) return weight.dims?.length ? toNumber(weight.dims[weight.dims.length - 1]) : undefined;
  const node = index.producer(value);
  switch (node?.opType) {
    case "MatMul":
      return lastSize(index, node.input[1]);
    case "Add":
      return lastSize(index, node.input[0]) ?? lastSize(index, node.input[1]);
    case "Cast":
    case "Identity":
      return lastSize(index, node.input[0]);
    case "Split": {
      const last = toNumber(attributeOf(node, "axis")?.i) === -1;
      return last ? index.numbers(node.input[1])?.[node.output.indexOf(value)] : undefined;
    }
    case "Reshape": {
      const size = index.numbers(node.input[1])?.at(-1);
      return size !== undefined && size > 0 ? size : undefined;
    }
  }
  return undefined;
}
