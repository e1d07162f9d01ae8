/**
 * Nodes of a graph as a model of their own.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { type GraphIndex, inputsOf } from "../onnx/graph_index.ts";
import type { NodeProto, TensorProto, ValueInfoProto } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";
import { inferValueTypes } from "../onnx/value_types.ts";
import type { StageAssignment } from "./assign_stages.ts";

/** A part of a graph, as a model that a session can be made of. */
export interface Segment {
  readonly model: OnnxModel;
  /** Names of the values that it takes. */
  readonly inputs: readonly string[];
  /** Names of the values that it gives. */
  readonly outputs: readonly string[];
}

/** Writes nodes as a model that gives some of their values. */
export type SegmentWriter = (nodes: readonly NodeProto[], outputs: readonly string[]) => Segment;

/** The nodes in graph order, with the constant nodes that they need. */
function withConstants(index: GraphIndex, nodes: readonly NodeProto[], constant: ReadonlySet<NodeProto>) {
  const all = new Set(nodes), open = [...nodes];
  while (open.length) {
    for (const input of inputsOf(open.pop() as NodeProto)) {
      const producer = index.producer(input);
      if (!producer || !constant.has(producer) || all.has(producer)) continue;
      all.add(producer);
      open.push(producer);
    }
  }
  return index.graph.node.filter((node) => all.has(node));
}

/** A writer of segments of one graph. */
export function segmentWriter(
  model: OnnxModel,
  index: GraphIndex,
  { constant }: StageAssignment,
): SegmentWriter {
  const { proto } = model, { graph } = proto;
  const typeOf = inferValueTypes(graph);
  const declared = new Map([...graph.input, ...graph.output].map((info) => [info.name, info]));
  const describe = (name: string): ValueInfoProto => {
    const elemType = typeOf(name);
    if (elemType === undefined) {
      throw new GraphError({
        doing: `cut ${model.path} at its attention sites`,
        what: `the type of ${name}`,
        rule: "one that its node tells",
        got: index.producer(name)?.opType ?? "no node",
        remedy: "Use --attention-form graph.",
      });
    }
    return declared.get(name) ?? { name, type: { tensorType: { elemType } } };
  };
  return (own, outputs) => {
    const nodes = withConstants(index, own, constant);
    const made = new Set(nodes.flatMap(({ output }) => output));
    const used = new Set(nodes.flatMap(inputsOf));
    const initializer: TensorProto[] = [];
    const inputs: string[] = [];
    for (const value of used) {
      const weight = index.initializer(value);
      if (weight) initializer.push(weight);
      else if (!made.has(value)) inputs.push(value);
    }
    return {
      inputs,
      outputs,
      model: {
        ...model,
        proto: {
          ...proto,
          graph: {
            name: graph.name,
            node: nodes,
            initializer,
            input: inputs.map(describe),
            output: outputs.map(describe),
            valueInfo: (graph.valueInfo ?? []).filter(({ name }) => made.has(name)),
          },
        },
      },
    };
  };
}
