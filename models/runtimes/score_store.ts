/**
 * How many scores of a query are kept.
 *
 * @module
 */
import type { KernelLanes, ScoreStore } from "../../ops/attention/kernel/kernel_shape.ts";

/** Kept scores, rounded up so that few pipelines serve all lengths; beyond these an invocation cannot keep its own. */
const STORES = [32, 80, 128, 160, 256, 320, 512, 1024];

/** What a tile may keep besides, in a workgroup's memory where that is large. */
const LARGE_STORES = [2048, 4096];

function storesOf(lanes: KernelLanes["kind"]): readonly number[] {
  return lanes === "row" ? STORES : [...STORES, ...LARGE_STORES];
}

/** Most keys whose scores may be kept. */
export function mostKept(lanes: KernelLanes["kind"]): number {
  return storesOf(lanes).at(-1) as number;
}

/** A store for the scores with some keys. */
export function storeFor(lanes: KernelLanes["kind"], keys: number): ScoreStore {
  const most = storesOf(lanes).find((size) => keys <= size);
  return most === undefined ? { kind: "recompute" } : { kind: "kept", keys: most };
}
