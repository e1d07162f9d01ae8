/**
 * Which graph inputs the data of each value depend on.
 *
 * @module
 */
import { inputsOf } from "../onnx/graph_index.ts";
import { attributeOf, type GraphProto, type NodeProto } from "../onnx/onnx_types.ts";

/** For each value, the names of the graph inputs that its data depend on. */
export type Dependencies = (value: string) => ReadonlySet<string>;

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Follows data from the graph's inputs through every node, but not through Shape: a value that takes only a size from
 * an input does not depend on it. Needs the nodes in topological order, as ONNX demands.
 */
export function dataDependencies(graph: GraphProto): Dependencies {
  const known = new Map<string, ReadonlySet<string>>();
  const initializers = new Set(graph.initializer.map(({ name }) => name));
  for (const { name } of graph.input) if (!initializers.has(name)) known.set(name, new Set([name]));
  for (const node of graph.node) {
    const sources = node.opType === "Shape" || node.opType === "Size" ? [] : inputsOf(node);
    const sets = [...new Set(sources.map((input) => known.get(input) ?? NOTHING))].filter((set) =>
      set.size > 0
    );
    // Sets are shared, never changed, so that a long chain costs no memory.
    let union = sets[0] ?? NOTHING;
    for (const set of sets.slice(1)) {
      if ([...set].some((name) => !union.has(name))) union = new Set([...union, ...set]);
    }
    for (const output of node.output) known.set(output, union);
  }
  return (value) => known.get(value) ?? NOTHING;
}

/** Whether a node is a Softmax over its last axis, for an input of rank `rank` where the axis is counted from the front. */
export function isLastAxisSoftmax(node: NodeProto, rank = 4): boolean {
  if (node.opType !== "Softmax" || (node.domain && node.domain !== "ai.onnx")) return false;
  const axis = Number(attributeOf(node, "axis")?.i ?? -1);
  return axis === -1 || axis === rank - 1;
}
