/**
 * What every runtime gives: sessions over ONNX graphs.
 *
 * @module
 */
import type { EncodedModel } from "../onnx/encode_onnx.ts";
import type { CutSide } from "./cut_side.ts";
import type { Float16Support } from "./probe_float16.ts";
import type { Tensor, TensorInfo } from "./tensor.ts";

/** A runtime: onnxruntime-web on WebGPU, onnxruntime-web on threads, or onnxruntime-node. */
export type DeviceName = "webgpu" | "wasm" | "native";

/** A runtime by name, or the best there is. */
export type DeviceRequest = "auto" | DeviceName;

/** What was chosen, and why. */
export interface DeviceReport {
  readonly device: DeviceName;
  /** The WebGPU adapter's name. */
  readonly adapter?: string;
  /** Whether the adapter is a program on the CPU. */
  readonly software?: boolean;
  /** Number of CPU threads, on wasm and native. */
  readonly threads?: number;
  /** One line for a person: what was chosen, and why. */
  readonly reason: string;
}

/** A compiled graph. */
export interface Session extends AsyncDisposable {
  /** What it is, for messages: `"unet"`. */
  readonly label: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * Runs the graph once. Feeds are cast to the types that the graph declares; float16 outputs come back as float32.
   *
   * @param feeds A tensor for each input.
   * @param fetches Names of the outputs wanted; all by default.
   * @param signal Cancels the run where the graph is in pieces: between two of them.
   * @throws {DeviceError} if an input is missing or the runtime fails.
   * @throws The signal's reason, if it was aborted in time.
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches?: readonly string[],
    signal?: AbortSignal,
  ): Promise<Record<string, Tensor>>;
  /**
   * Runs the graph once more, slowly, to find where the first NaN, infinity or tensor of nothing but zeros arises: a
   * description for a person, or undefined if there is none. Only a graph in pieces can tell.
   */
  locateFault?(feeds: Readonly<Record<string, Tensor>>): Promise<string | undefined>;
}

/**
 * Does work on a device, and tells its failures in Winnow's own errors.
 *
 * @param doing What is done, for errors: `"run unet (segment 2 of 9)"`.
 * @param undo Gives back what the work made, where it is found to have failed after its end.
 * @throws {OutOfMemoryError} if there was no memory for it.
 * @throws {DeviceLostError} if the device was lost meanwhile.
 * @throws {DeviceError} if the device tells of another error.
 */
export type RunGuard = <T>(
  doing: string,
  work: () => Promise<T>,
  undo?: (made: T) => PromiseLike<void> | void,
) => Promise<T>;

/** A runtime that is ready to compile. */
export interface Runtime extends AsyncDisposable {
  readonly report: DeviceReport;
  /**
   * Compiles a graph.
   *
   * @throws {GraphError} if the runtime refuses the graph.
   * @throws {OutOfMemoryError} if there is no memory for it.
   */
  compile(model: EncodedModel, label: string): Promise<Session>;
  /** Running graphs in pieces, with attention by kernels of ours, where that can be had. */
  readonly cut?: CutSide;
  /** What only a runtime on a GPU has. */
  readonly gpu?: GpuSide;
}

/** A runtime's GPU. */
export interface GpuSide {
  /** Owned by the runtime. */
  readonly device: GPUDevice;
  /** Whether the adapter is a program on the CPU. */
  readonly software: boolean;
  /** Whether the device computes in float16, found by trying it, once. */
  float16(): Promise<Float16Support>;
}
