/**
 * Sizes that the prompt's part of a graph takes from the image, read from the prompt instead.
 *
 * PixArt and SANA view the projected caption as [B, K, C] with the image's own B and C (the forward of diffusers'
 * PixArtTransformer2DModel and SanaTransformer2DModel). The caption has the same, but by the graph's edges all keys and
 * values then wait for the image, and would be computed anew at each step.
 *
 * @module
 */
import { applyEdits, editGraph, type GraphEditor } from "../onnx/graph_editor.ts";
import { type GraphIndex, indexGraph, inputsOf } from "../onnx/graph_index.ts";
import { inferShapes } from "../onnx/graph_shapes.ts";
import type { NodeProto } from "../onnx/onnx_types.ts";
import { type OnnxModel, opsetOf } from "../onnx/read_onnx.ts";
import type { Sizes } from "../onnx/symbolic_shape.ts";

/** One axis of a graph input. */
interface InputAxis {
  readonly input: string;
  readonly axis: number;
}

/** Where each size that has a name can be read. */
function namedAxes({ graph }: GraphIndex): Map<string, InputAxis[]> {
  const axes = graph.input.flatMap(({ name, type }) =>
    (type?.tensorType?.shape?.dim ?? []).map(({ dimParam }, axis) => ({ input: name, axis, dimParam }))
  );
  return Map.groupBy(axes.filter(({ dimParam }) => dimParam), ({ dimParam }) => dimParam as string);
}

/** Sizes as constants and as reads of inputs; undefined where one of them is neither a number nor in an input. */
function writeSizes(
  editor: GraphEditor,
  { scalar, items }: Sizes,
  axisOf: (name: string) => InputAxis | undefined,
): string | undefined {
  const shaped = (x: number) => editor.constant(scalar ? x : [x], "int64");
  const sources = items.map((item) => typeof item === "string" ? axisOf(item) : item);
  const known = sources.filter((source) => source !== undefined);
  if (known.length === 0 || known.length < sources.length) return undefined;
  const parts = known.map((source) =>
    typeof source === "number"
      ? shaped(source)
      : editor.node("Gather", [editor.node("Shape", [source.input]), shaped(source.axis)], { axis: 0 })
  );
  return parts.length === 1 ? parts[0] : editor.node("Concat", parts, { axis: 0 });
}

/**
 * Where a node takes data of the prompt alone, and beside them sizes that are provably also sizes of the prompt's inputs
 * (by the names that the graph's inputs give them) or numbers, reads these from there. What cannot be proved is left as
 * it is: inputs that do not name their sizes prove nothing.
 *
 * @param changing Names of the graph inputs that change from step to step; all others are the prompt's.
 * @returns A model that gives the same results and shares all weights with the given one; the same model where there is
 *   nothing to do.
 */
export function readPromptSizes(model: OnnxModel, changing: ReadonlySet<string>): OnnxModel {
  const { graph } = model.proto;
  const index = indexGraph(model), shapes = inferShapes(index), axes = namedAxes(index);
  const editor = editGraph(opsetOf(model.proto), "prompt_size");
  const replacements = new Map<NodeProto, readonly NodeProto[]>();
  /** The node with its late operands written anew, from the inputs that it depends on anyway. */
  const early = (node: NodeProto, late: readonly string[], own: ReadonlySet<string>) => {
    const nodes = editor.begin(`prompt_sizes/${replacements.size}`);
    const axisOf = (name: string) => axes.get(name)?.find(({ input }) => own.has(input));
    const written = new Map<string, string>();
    for (const value of late) {
      const sizes = shapes.sizesIn(value), made = sizes && writeSizes(editor, sizes, axisOf);
      if (made === undefined) return undefined;
      written.set(value, made);
    }
    return [...nodes, { ...node, input: node.input.map((input) => written.get(input) ?? input) }];
  };
  /** The graph inputs that each value depends on. */
  const sources = new Map<string, ReadonlySet<string>>();
  for (const { name } of graph.input) if (index.isInput(name)) sources.set(name, new Set([name]));
  const sourcesOf = (values: readonly string[]) =>
    new Set(values.flatMap((value) => [...sources.get(value) ?? []]));
  const isLate = (value: string) => !sourcesOf([value]).isDisjointFrom(changing);
  for (const node of graph.node) {
    const inputs = inputsOf(node), late = inputs.filter(isLate);
    const own = sourcesOf(inputs.filter((input) => !late.includes(input)));
    // the bodies of an If or a Loop take values by their names from outside
    const hasBody = node.attribute?.some(({ g }) => g);
    const nodes = late.length > 0 && own.size > 0 && !hasBody ? early(node, late, own) : undefined;
    if (nodes) replacements.set(node, nodes);
    const depends = nodes ? own : sourcesOf(inputs);
    for (const output of node.output) sources.set(output, depends);
  }
  if (replacements.size === 0) return model;
  return { ...model, proto: { ...model.proto, graph: applyEdits(graph, replacements, editor) } };
}
