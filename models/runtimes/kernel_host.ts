/**
 * What an attention kernel is chosen by.
 *
 * @module
 */
import type { KernelShape, Subgroups } from "../../ops/attention/kernel/kernel_shape.ts";
import { probeSubgroups } from "./probe_subgroups.ts";

/** What the choice depends on: a device's limits and features. */
export interface KernelHost {
  /** Whether the adapter is a program on the CPU. */
  readonly software: boolean;
  /** Its subgroups, if it has them, all of one size, and they add up right. */
  readonly subgroups: Subgroups | undefined;
  /** Most invocations of a workgroup, along one axis. */
  readonly maxInvocations: number;
  /** Most bytes of a workgroup's memory. */
  readonly maxWorkgroupStorage: number;
}

/** What is asked of a kernel. */
export interface WantedKernel extends Omit<KernelShape, "store" | "lanes" | "workgroup"> {
  readonly keys: number;
  readonly queries: number;
  /** Heads of all batches together. */
  readonly heads: number;
}

/** What a device is as a host of kernels; subgroups are tried out. */
export async function kernelHost(device: GPUDevice, software: boolean): Promise<KernelHost> {
  const { limits } = device;
  return {
    software,
    subgroups: await probeSubgroups(device),
    maxInvocations: Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
    maxWorkgroupStorage: limits.maxComputeWorkgroupStorageSize,
  };
}
