/**
 * Turning a model back into bytes, for a session or as one file.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { mapTensors } from "./map_tensors.ts";
import { modelProtoCodec } from "./onnx_schema.ts";
import type { OnnxModel } from "./onnx_model.ts";
import type { ModelProto, TensorProto } from "./onnx_types.ts";
import { type Placement, placeWeights } from "./place_weights.ts";
import { openWeights, readWeight } from "./read_weights.ts";
import { atRange, inTensor, weightRange } from "./weight_range.ts";

/** A model as a session takes it: a small graph, and the files that its weights are read from. */
export interface EncodedModel {
  readonly graph: Uint8Array;
  readonly files: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** Where in a session's files a weight may begin: the width of a cache line, and of any element. */
const ALIGN = 64;

/** Files of about this size: not each runtime takes an array of more than 2 GiB. */
const SESSION_FILE_BYTES = 1 << 30;

/** Protobuf's limit of a message. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

/** The bytes of a graph as it is: what lies in files stays there. */
export function encodeGraph(proto: ModelProto): Uint8Array {
  // Under Deno protobufjs writes into a Buffer; a plain Uint8Array over the same bytes is what everyone else expects.
  const { buffer, byteOffset, length } = modelProtoCodec.encode(proto as unknown as Record<string, unknown>)
    .finish();
  return new Uint8Array(buffer, byteOffset, length);
}

/** The ranges of the main graph's initializers. */
export function initializerRanges({ proto, path }: OnnxModel) {
  return proto.graph.initializer.flatMap((tensor) => weightRange(tensor, path) ?? []);
}

function withData(tensor: TensorProto, model: OnnxModel): TensorProto {
  return weightRange(tensor, model.path) ? inTensor(tensor, readWeight(tensor, model) as Uint8Array) : tensor;
}

/**
 * The graph with its initializers moved as a placement says. Runtimes look for external data in initializers alone: what
 * else lies in a file is copied into the graph.
 */
export function moveWeights(model: OnnxModel, { placeOf }: Pick<Placement, "placeOf">): ModelProto {
  return mapTensors(model.proto, (tensor, weight) => {
    const range = weight ? weightRange(tensor, model.path) : undefined;
    return range ? atRange(tensor, placeOf(range)) : withData(tensor, model);
  });
}

/**
 * Encodes a model for a session. This is where weights are read: those that the graph names and no others, so that an
 * edited graph or a part of one costs what it uses. What it returns can be dropped once the session is there.
 *
 * @throws {GraphError} if a file of the model's weights is gone or has changed.
 */
export function encodeForSession(model: OnnxModel): EncodedModel {
  const fileName = (index: number) => `winnow-weights-${index}`;
  const placement = placeWeights(initializerRanges(model), {
    fileName,
    align: ALIGN,
    fileBytes: SESSION_FILE_BYTES,
  });
  const data = new Map(Array.from(placement.files, ([name, size]) => [name, new Uint8Array(size)]));
  for (const [location, moves] of Map.groupBy(placement.moves, ({ from }) => from.location)) {
    using file = openWeights(model, location);
    for (const { from, to } of moves) {
      file.read(
        from.offset,
        (data.get(to.location) as Uint8Array).subarray(to.offset, to.offset + to.length),
      );
    }
  }
  return {
    graph: encodeGraph(moveWeights(model, placement)),
    files: Array.from(data, ([path, data]) => ({ path, data })),
  };
}

/**
 * Encodes a model as one ONNX file; this copies its weights.
 *
 * @throws {GraphError} if that is more than the 2 GiB that one file can hold: `writeOnnx` writes models of any size.
 */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  let bytes = 0;
  mapTensors(model.proto, (tensor) => {
    bytes += weightRange(tensor, model.path)?.length ?? 0;
    return tensor;
  });
  if (bytes > MAX_FILE_BYTES) {
    throw new GraphError({
      doing: "encode the model",
      what: `the weights of ${model.path}`,
      rule: "under 2 GiB, the limit of one file",
      got: `${bytes} bytes`,
      remedy: "Write it with writeOnnx, which puts weights into a file of their own.",
    });
  }
  return encodeGraph(mapTensors(model.proto, (tensor) => withData(tensor, model)));
}
