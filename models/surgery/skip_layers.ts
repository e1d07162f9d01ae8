/**
 * Skipping the last layers of a CLIP text encoder, in a graph that has only its final output.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { type GraphIndex, indexGraph } from "../onnx/graph_index.ts";
import type { NodeProto, ValueInfoProto } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";

/** A transformer layer adds to its residual stream twice: after the attention, and after the MLP. */
const ADDITIONS_PER_LAYER = 2;

const RETYPES = new Set(["Cast", "Identity"]);

function fail(model: OnnxModel, rule: string, got: unknown): never {
  throw new GraphError({
    doing: `skip layers of ${model.path}`,
    what: "the text encoder's graph",
    rule,
    got,
    remedy: "Export it with output_hidden_states, or leave clipSkip at 0.",
  });
}

function producerBehindCasts(index: GraphIndex, value: string): NodeProto | undefined {
  let node = index.producer(value);
  while (node && RETYPES.has(node.opType)) node = index.producer(node.input[0]);
  return node;
}

/** The operand of a residual addition that carries the stream: the one that something else reads too. */
function streamOperand(index: GraphIndex, addition: NodeProto): string | undefined {
  return addition.input.find((value) => index.producer(value) && index.consumers(value).length > 1);
}

/** The output that `skipLayers` adds. */
export function skippedOutput(layers: number): string {
  return layers === 0 ? "last_hidden_state" : `winnow/last_hidden_state_but_${layers}`;
}

/**
 * Adds an output: the final layer norm of an earlier layer's output, as diffusers' `clip_skip` takes it.
 *
 * @param model A CLIP text encoder.
 * @param layers How many of its last layers to skip; 0 gives the model unchanged.
 * @returns A model with one more output, named by `skippedOutput`.
 * @throws {GraphError} if the graph does not end in a layer norm over that many residual layers.
 */
export function skipLayers(model: OnnxModel, layers: number): OnnxModel {
  if (layers === 0) return model;
  const { graph } = model.proto;
  const index = indexGraph(model);
  const last = skippedOutput(0), name = skippedOutput(layers);
  const norm = producerBehindCasts(index, last);
  if (norm?.opType !== "LayerNormalization") {
    fail(model, `a LayerNormalization before "${last}"`, norm?.opType);
  }
  let value = norm.input[0];
  for (let hop = 0; hop < ADDITIONS_PER_LAYER * layers; hop++) {
    const addition = index.producer(value);
    const stream = addition?.opType === "Add" ? streamOperand(index, addition) : undefined;
    if (stream === undefined) {
      fail(model, `at least ${layers} residual layers deep`, Math.floor(hop / ADDITIONS_PER_LAYER));
    }
    value = stream;
  }
  const skipped: NodeProto = { ...norm, name, input: [value, ...norm.input.slice(1)], output: [name] };
  const output = { ...graph.output.find((each) => each.name === last) as ValueInfoProto, name };
  return {
    ...model,
    proto: {
      ...model.proto,
      graph: { ...graph, node: [...graph.node, skipped], output: [...graph.output, output] },
    },
  };
}
