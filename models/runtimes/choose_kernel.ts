/**
 * Which kernel an adapter runs best.
 *
 * @module
 */
import { BLOCK, UNROLLED } from "../../ops/attention/kernel/row_kernel.ts";
import { MOST_EVALUATIONS } from "../../ops/attention/kernel/threshold_source.ts";
import { probeSubgroups, type SubgroupSupport } from "./probe_subgroups.ts";
import {
  isSparse,
  type KernelLanes,
  type KernelShape,
  type ScoreStore,
} from "../../ops/attention/kernel/kernel_shape.ts";

/** What the choice depends on: a device's limits and features. */
export interface KernelHost {
  /** Whether the adapter is a program on the CPU. */
  readonly software: boolean;
  /** Its subgroups, if it has them, all of one size, and they add up right. */
  readonly subgroups: SubgroupSupport | undefined;
  readonly maxInvocations: number;
}

/** Invocations of a workgroup of rows: enough for a GPU's scheduler, few enough that short queries fill them. */
const ROWS = 64;

/** Invocations that share a query where there are no subgroups. */
const LANES = 64;

/** Kept scores, rounded up so that few pipelines serve all lengths. */
const STORES = [32, 80, 128, 160, 256, 320, 512, 1024];

function storeFor({ kind, joint }: Omit<Wanted, "keys">, keys: number, lanes: KernelLanes): ScoreStore {
  // One invocation computes a softmax in a single pass over the keys, and keeps nothing.
  if (!isSparse(kind) && !joint && lanes.kind === "row") return { kind: "recompute" };
  const most = STORES.find((size) => keys <= size);
  return most === undefined ? { kind: "recompute" } : { kind: "private", keys: most };
}

/** llvmpipe leaves a shader's loops after so many turns in all, and says nothing. */
const MOST_TURNS = 65_000;

/** Passes over the scores: the evaluations of τ's sums, two for the softmax, one for a part's mass, and the result's. */
const MOST_PASSES = MOST_EVALUATIONS + 4;

/** Turns that one invocation takes for a query: over keys, and over blocks of a large head. */
function turnsOfRow({ kind, headSize, keys }: Wanted): number {
  const blocks = headSize <= UNROLLED ? 0 : Math.ceil(headSize / BLOCK);
  const keeps = keys <= STORES[STORES.length - 1];
  return keys * (2 * (1 + blocks) + (isSparse(kind) ? MOST_PASSES * (keeps ? 1 : 1 + blocks) : 0));
}

/**
 * Chooses how the work is shared.
 *
 * A CPU runs the invocations of a workgroup in its vector lanes, one workgroup after another: a query for each costs no
 * barrier. A GPU hides memory's delays with many invocations of few registers: the keys of a query are shared.
 */
function lanesFor({ software, subgroups, maxInvocations }: KernelHost, wanted: Wanted): KernelLanes {
  if (software && turnsOfRow(wanted) <= MOST_TURNS) return { kind: "row" };
  if (subgroups) return { kind: "group", lanes: subgroups.size, join: subgroups.join };
  return { kind: "group", lanes: Math.min(LANES, maxInvocations), join: "memory" };
}

/** What is asked of a kernel. */
type Wanted = Omit<KernelShape, "store" | "lanes" | "workgroup"> & { readonly keys: number };

/** The kernel for some keys under a policy on a host. */
export function chooseKernel(host: KernelHost, wanted: Wanted): KernelShape {
  const { keys, ...rest } = wanted;
  const lanes = lanesFor(host, wanted);
  return {
    ...rest,
    lanes,
    store: storeFor(rest, keys, lanes),
    workgroup: lanes.kind === "row" ? Math.min(ROWS, host.maxInvocations) : lanes.lanes,
  };
}

/** What a device is as a host of kernels; subgroups are tried out. */
export async function kernelHost(device: GPUDevice, software: boolean): Promise<KernelHost> {
  return {
    software,
    subgroups: await probeSubgroups(device),
    maxInvocations: device.limits.maxComputeInvocationsPerWorkgroup,
  };
}
