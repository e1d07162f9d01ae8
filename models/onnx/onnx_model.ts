/**
 * A model that is open: its graph in memory, its weights where they lie.
 *
 * @module
 */
import type { ByteSource } from "./byte_source.ts";
import type { ModelProto } from "./onnx_types.ts";

/**
 * What a graph's weights are read from, by the `location` that its tensors' `externalData` name: side files under
 * their names, and the graph's own file under {@linkcode ORIGINAL}.
 */
export type WeightFiles = ReadonlyMap<string, ByteSource>;

/**
 * The location of a graph's own file. Weights that lie in it are external data too once it is open, so that editing
 * and cutting a graph need not know where a weight is. No file can have this name: one cannot be in a folder's root.
 */
export const ORIGINAL = "/";

/** An ONNX model: the decoded graph, and the files that its weights are byte ranges of. */
export interface OnnxModel {
  /** Where the file came from, for messages. */
  readonly path: string;
  /** The graph. Tensors of more than 1024 bytes hold no data: their `externalData` say where it lies. */
  readonly proto: ModelProto;
  readonly weights: WeightFiles;
}
