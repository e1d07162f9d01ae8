/**
 * New nodes for an ONNX graph: the implementation of ops' NodeBuilder.
 *
 * @module
 */
import type { NodeAttributes, NodeBuilder } from "../../ops/attention/node_builder.ts";
import {
  type AttributeProto,
  AttributeType,
  DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx_types.ts";

type AttributeValue = NodeAttributes[string];

/** Collects the nodes, constants and inputs that a rewrite adds. Nothing of the graph changes until `apply`. */
export interface GraphEditor extends NodeBuilder {
  /** Starts collecting nodes under a new prefix, and returns the list into which they go. */
  begin(prefix: string): NodeProto[];
  /** Adds a Split of a value along an axis, and returns its parts. Of operator set 13 or later. */
  split(value: string, axis: number, sizes: readonly number[]): string[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfoProto[];
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === "string") {
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if (typeof value === "bigint") return { name, type: AttributeType.INT, i: Number(value) };
  if (typeof value === "number") {
    return Number.isInteger(value)
      ? { name, type: AttributeType.INT, i: value }
      : { name, type: AttributeType.FLOAT, f: value };
  }
  if (!Array.isArray(value)) {
    return { name, type: AttributeType.FLOAT, f: (value as { float: number }).float };
  }
  return { name, type: AttributeType.INTS, ints: [...value as readonly number[]] };
}

function tensor(name: string, values: number | readonly number[], dtype: "float32" | "int64"): TensorProto {
  const list = typeof values === "number" ? [values] : values;
  const data = dtype === "float32" ? new Float32Array(list) : new BigInt64Array(list.map(BigInt));
  return {
    name,
    dims: typeof values === "number" ? [] : [list.length],
    dataType: dtype === "float32" ? DataType.FLOAT : DataType.INT64,
    rawData: new Uint8Array(data.buffer),
  };
}

/**
 * Makes an editor for a graph of the given operator set version. New names all start with `winnow/`.
 *
 * @param constantName What its constants are called; different for each edit of one graph.
 */
export function editGraph(opset: number, constantName = "constant"): GraphEditor {
  const constants = new Map<string, TensorProto>();
  const inputs = new Map<string, ValueInfoProto>();
  let nodes: NodeProto[] = [];
  let prefix = "winnow";
  let serial = 0;
  const constant: GraphEditor["constant"] = (values, dtype) => {
    const key = `${dtype}:${JSON.stringify(values)}`;
    const known = constants.get(key);
    if (known) return known.name as string;
    const made = tensor(`winnow/${constantName}_${constants.size}`, values, dtype);
    constants.set(key, made);
    return made.name as string;
  };
  const add = (
    opType: string,
    inputs: readonly string[],
    attributes: NodeAttributes,
    outputs: number,
  ): string[] => {
    const name = `${prefix}/${opType}_${serial++}`;
    const output = Array.from({ length: outputs }, (_, i) => `${name}_output_${i}`);
    nodes.push({
      name,
      opType,
      input: [...inputs],
      output,
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    });
    return output;
  };
  return {
    opset,
    begin(site) {
      prefix = `winnow${site.startsWith("/") ? "" : "/"}${site}`;
      serial = 0;
      return nodes = [];
    },
    node: (opType, inputs, attributes = {}) => add(opType, inputs, attributes, 1)[0],
    split: (value, axis, sizes) => add("Split", [value, constant(sizes, "int64")], { axis }, sizes.length),
    constant,
    input(name, axes = []) {
      const dim = axes.map((axis) => axis === "1" ? { dimValue: 1 } : { dimParam: axis });
      if (!inputs.has(name)) {
        inputs.set(name, { name, type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } } });
      }
      return name;
    },
    get initializers() {
      return [...constants.values()];
    },
    get inputs() {
      return [...inputs.values()];
    },
  };
}

/** A graph with some nodes replaced by lists of nodes, and the editor's constants and inputs added. */
export function applyEdits(
  graph: GraphProto,
  replacements: ReadonlyMap<NodeProto, readonly NodeProto[]>,
  editor: GraphEditor,
): GraphProto {
  return {
    ...graph,
    node: graph.node.flatMap((node) => replacements.get(node) ?? node),
    initializer: [...graph.initializer, ...editor.initializers],
    input: [...graph.input, ...editor.inputs],
  };
}
