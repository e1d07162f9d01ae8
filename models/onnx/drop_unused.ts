/**
 * Leaving out what an edit has cut off.
 *
 * @module
 */
import type { GraphProto, NodeProto } from "./onnx_types.ts";

/** All values that a node reads, those that the bodies of an `If` or `Loop` take from outside included. */
function readBy(node: NodeProto): string[] {
  const bodies = (node.attribute ?? []).flatMap(({ g }) => g ? [g] : []);
  return [
    ...node.input,
    ...bodies.flatMap((body) => [...body.node.flatMap(readBy), ...body.output.map(({ name }) => name)]),
  ];
}

/** The graph without the nodes and initializers that none of its outputs depends on. Needs nodes in topological order. */
export function dropUnused(graph: GraphProto): GraphProto {
  const used = new Set(graph.output.map(({ name }) => name));
  const node = graph.node.toReversed().filter((node) => {
    if (!node.output.some((output) => used.has(output))) return false;
    for (const value of readBy(node)) used.add(value);
    return true;
  }).reverse();
  return { ...graph, node, initializer: graph.initializer.filter(({ name }) => used.has(name ?? "")) };
}
