/**
 * What a runtime that runs graphs in pieces gives: sessions over the pieces, and kernels for the attention sites between.
 *
 * @module
 */
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import type { EncodedModel } from "../onnx/encode_onnx.ts";
import type { CuttableSite } from "../surgery/cuttable_site.ts";
import type { PlacedTensor } from "./gpu_tensor.ts";
import type { Tensor, TensorInfo } from "./tensor.ts";

/** The policy at a site; λ and the like may come from the feeds of the run. */
export type SitePolicy = (site: CuttableSite, feeds: Readonly<Record<string, Tensor>>) => AttentionPolicy;

/** Values by the names that the graph knows them by. */
export type PlacedValues = ReadonlyMap<string, PlacedTensor>;

/** A compiled graph whose results stay where the next one wants them. */
export interface PlacedSession extends AsyncDisposable {
  /** What it is, for messages. */
  readonly label: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * Runs the graph once. Host tensors are cast to the types that the graph declares; those on a GPU must have them.
   *
   * @returns A tensor for each output, owned by the caller: on a GPU's runtime float ones are on the GPU, others, which
   * are sizes and indices, on the host.
   * @throws {DeviceError} if an input is missing or the runtime fails.
   * @throws {OutOfMemoryError} if there is no memory for the run.
   */
  run(feeds: Readonly<Record<string, PlacedTensor>>): Promise<Record<string, PlacedTensor>>;
}

/** Computes attention sites, each by one kernel. Disposing it gives its memory back. */
export interface SiteComputer extends AsyncDisposable {
  /**
   * Computes sites whose operands are there.
   *
   * @returns The sites' results by the names that the graph knows them by, owned by the caller.
   * @throws {DeviceError} if an operand is not where it must be, or a size is beyond the device.
   * @throws {OutOfMemoryError} if there is no memory for a result.
   */
  compute(
    sites: readonly CuttableSite[],
    values: PlacedValues,
    policyOf: (site: CuttableSite) => AttentionPolicy,
  ): Promise<Record<string, PlacedTensor>>;
  /** Gives back the memory that is kept for later sites. */
  empty(): void;
}

/** A runtime's side that runs a graph in pieces. */
export interface CutSide {
  /**
   * Compiles a piece.
   *
   * @param kept Names of the outputs that stay where they are computed; the others come to the host.
   * @throws {GraphError} if the runtime refuses the graph.
   * @throws {OutOfMemoryError} if there is no memory for it.
   */
  compile(model: EncodedModel, label: string, kept: readonly string[]): Promise<PlacedSession>;
  /**
   * Kernels for the sites of one cut graph.
   *
   * @param label Whose they are, for errors: `"unet"`.
   */
  openSites(label: string): Promise<SiteComputer>;
  /**
   * A float tensor's numbers, wherever they lie.
   *
   * @param name What it is, for errors.
   */
  read(tensor: PlacedTensor, name: string): Promise<Float32Array>;
}
