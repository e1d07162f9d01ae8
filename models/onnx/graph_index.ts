/**
 * Who makes and who uses each value of a graph.
 *
 * @module
 */
import {
  attributeOf,
  DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  toNumber,
} from "./onnx_types.ts";
import type { OnnxModel } from "./onnx_model.ts";
import { isZeroWeight } from "./read_weights.ts";

/** Look-ups over one graph. Built once; not updated when the graph is edited. */
export interface GraphIndex {
  readonly graph: GraphProto;
  /** The node that makes a value; undefined for inputs and initializers. */
  producer(value: string): NodeProto | undefined;
  /** The nodes that use a value, in graph order. */
  consumers(value: string): readonly NodeProto[];
  initializer(value: string): TensorProto | undefined;
  isInput(value: string): boolean;
  /** The one number that a value is known to hold: a scalar or one-element initializer or Constant. */
  scalar(value: string): number | undefined;
  /** The whole numbers of an int64 initializer or Constant of rank 1. */
  numbers(value: string): number[] | undefined;
  /** Whether a value is an initializer of nothing but zeros; reads it from where it lies. */
  isZero(value: string): boolean;
}

/** A node's inputs, with those that the bodies of an `If` or `Loop` take from outside. */
export function inputsOf(node: NodeProto): string[] {
  const captured = (node.attribute ?? []).flatMap(({ g }) => g ? g.node.flatMap(inputsOf) : []);
  return [...node.input, ...captured].filter(Boolean);
}

const NONE: readonly NodeProto[] = [];

/** Indexes a model's graph. */
export function indexGraph(model: OnnxModel): GraphIndex {
  const { graph } = model.proto;
  const producers = new Map<string, NodeProto>();
  const consumers = new Map<string, NodeProto[]>();
  for (const node of graph.node) {
    for (const output of node.output) if (output) producers.set(output, node);
    for (const input of new Set(node.input)) {
      const list = consumers.get(input);
      if (list) list.push(node);
      else if (input) consumers.set(input, [node]);
    }
  }
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name ?? "", tensor]));
  const inputs = new Set(graph.input.map(({ name }) => name));
  const constant = (value: string): TensorProto | undefined => {
    const node = producers.get(value);
    return initializers.get(value) ??
      (node?.opType === "Constant" ? attributeOf(node, "value")?.t : undefined);
  };
  return {
    graph,
    producer: (value) => producers.get(value),
    consumers: (value) => consumers.get(value) ?? NONE,
    initializer: (value) => initializers.get(value),
    isInput: (value) => inputs.has(value) && !initializers.has(value),
    scalar(value) {
      const tensor = constant(value);
      return tensor && scalarOf(tensor);
    },
    numbers(value) {
      const tensor = constant(value);
      return tensor && integersOf(tensor);
    },
    isZero(value) {
      const tensor = initializers.get(value);
      return tensor !== undefined && isZeroWeight(tensor, model);
    },
  };
}

/** The numbers of an int64 tensor of rank 1. */
function integersOf({ dataType, dims, rawData, int64Data }: TensorProto): number[] | undefined {
  if (dataType !== DataType.INT64 || dims?.length !== 1) return undefined;
  if (!rawData?.length) return int64Data?.map(toNumber);
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: rawData.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
}

/** The value of a one-element float32 or int64 tensor. */
export function scalarOf(tensor: TensorProto): number | undefined {
  if ((tensor.dims ?? []).reduce<number>((count, dim) => count * toNumber(dim), 1) !== 1) return undefined;
  const raw = tensor.rawData?.length ? tensor.rawData : undefined;
  const view = raw && new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (tensor.dataType === DataType.FLOAT) return view ? view.getFloat32(0, true) : tensor.floatData?.[0];
  if (tensor.dataType === DataType.INT64) {
    return view
      ? Number(view.getBigInt64(0, true))
      : tensor.int64Data?.length
      ? toNumber(tensor.int64Data[0])
      : undefined;
  }
  return undefined;
}
