/**
 * Which kernel an adapter runs best.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { isSparse, type KernelShape } from "../../ops/attention/kernel/kernel_shape.ts";
import { BLOCK, UNROLLED } from "../../ops/attention/kernel/row_kernel.ts";
import { MOST_EVALUATIONS } from "../../ops/attention/kernel/threshold_source.ts";
import { tileTurns } from "../../ops/attention/kernel/tile_layout.ts";
import { chooseTile } from "./choose_tile.ts";
import type { KernelHost, WantedKernel } from "./kernel_host.ts";
import { mostKept, storeFor } from "./score_store.ts";

/** Invocations of a workgroup of rows: few enough that short queries fill them. */
const ROWS = 64;

/** llvmpipe leaves a shader's loops after so many turns in all, and says nothing. */
const MOST_TURNS = 65_000;

/** Passes over the scores: the evaluations of τ's sums, two for the softmax, one for a part's mass, and the result's. */
const MOST_PASSES = MOST_EVALUATIONS + 4;

/** Passes of a softmax, and of a part's at a temperature, before the result's. */
const SOFTMAX_PASSES = 2, PART_PASSES = 2;

/** Turns that one invocation takes for a query of its own: over keys, and over blocks of a large head. */
function turnsOfRow({ kind, headSize, keys }: WantedKernel): number {
  const blocks = headSize <= UNROLLED ? 0 : Math.ceil(headSize / BLOCK);
  const keeps = keys <= mostKept("row");
  return keys * (2 * (1 + blocks) + (isSparse(kind) ? MOST_PASSES * (keeps ? 1 : 1 + blocks) : 0));
}

function rowKernelFor(
  host: KernelHost,
  { keys, queries: _q, heads: _h, ...rest }: WantedKernel,
): KernelShape {
  // One invocation computes a softmax in a single pass over the keys, and keeps nothing.
  const streams = !isSparse(rest.kind) && !rest.joint;
  return {
    ...rest,
    lanes: { kind: "row" },
    store: streams ? { kind: "recompute" } : storeFor("row", keys),
    workgroup: Math.min(ROWS, host.maxInvocations),
  };
}

/** A tile for keys so many that llvmpipe would leave the loop over them half-way must not be run there. */
function checkTurns(shape: ReturnType<typeof chooseTile>, { kind, joint, keys }: WantedKernel): void {
  const passes = isSparse(kind) ? MOST_PASSES : SOFTMAX_PASSES + (joint ? PART_PASSES : 0);
  if (tileTurns(shape, keys, passes) <= MOST_TURNS) return;
  throw new DeviceError({
    doing: "compute attention on a software adapter",
    what: "keys",
    rule: "few enough that the driver takes every turn of the loops over them",
    got: keys,
    remedy: "Make smaller pictures, or use --attention-form graph.",
  });
}

/**
 * The kernel for some keys under a policy on a host.
 *
 * A CPU runs the invocations of a workgroup in its vector lanes, one workgroup after another: a query for each costs no
 * barrier. A GPU hides memory's delays with many invocations of few registers, and reads keys and values once for a tile
 * of queries.
 *
 * @throws {DeviceError} if the keys are too many for a software adapter.
 */
export function chooseKernel(host: KernelHost, wanted: WantedKernel): KernelShape {
  if (host.software && turnsOfRow(wanted) <= MOST_TURNS) return rowKernelFor(host, wanted);
  const shape = chooseTile(host, wanted);
  if (host.software) checkTurns(shape, wanted);
  return shape;
}
