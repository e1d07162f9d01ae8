/**
 * The size of a tile: as many queries as a host's limits, and the number of queries, let share keys and values.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { isSparse, type ScoreStore } from "../../ops/attention/kernel/kernel_shape.ts";
import { tileBytes, type TileShape } from "../../ops/attention/kernel/tile_layout.ts";
import type { KernelHost, WantedKernel } from "./kernel_host.ts";
import { storeFor } from "./score_store.ts";

/**
 * Invocations of a workgroup: 4 to 32 for each query of a tile, so that a query's are no more than a subgroup of most
 * GPUs, and half of what every adapter allows, so that a processor has two workgroups where it may have one and goes on
 * with the other while one waits at a barrier.
 */
const INVOCATIONS = 128;

/** A tile reads keys and values once for all of its queries; beyond 32 what is left to save is little. */
const MOST_QUERIES = 32;

/** Fewer queries save too little to be worth workgroups for; only many keys, kept, ask for it. */
const LEAST_QUERIES = 4, LEAST_QUERIES_KEPT = 2;

/**
 * Workgroups that fill a GPU: the largest have some 130 processors, and each wants two at least. Where there are fewer,
 * as with the 64 queries at a U-Net's middle, tiles are made smaller.
 */
const FILLING = 256;

/**
 * Keys of a block: a subgroup of most GPUs has one each, and an invocation multiplies its key with up to 8 queries. Half
 * of them leave room for more queries' scores; where those are not kept, a block must hold enough values too.
 */
const BLOCKS = { kept: [32, 16], recompute: [32] } as const, MOST_TEAM = 8;

/** A block takes up to 80 elements of a key, which are unrolled, and 16 at least, half a line of a GPU's cache. */
const MOST_ELEMENTS = 80, LEAST_ELEMENTS = 16;

/** Vectors of the result that an invocation may have: 32 registers. */
const MOST_RESULTS = 8;

/** Every adapter has as much, and processors have room for several of it. */
const COMFORTABLE = 16_384;

function powerBelow(x: number): number {
  return 2 ** Math.floor(Math.log2(x));
}

/** A tile of so many queries with the longest block that fits some memory. */
function tileOf(
  host: KernelHost,
  { keys: _k, queries: _q, heads: _h, ...rest }: WantedKernel,
  store: ScoreStore,
  queries: number,
  memory: number,
): TileShape | undefined {
  const workgroup = powerBelow(Math.min(INVOCATIONS, host.maxInvocations));
  const lanes = workgroup / queries, vectors = Math.ceil(rest.headSize / 4);
  if (lanes < 1 || queries * vectors > MOST_RESULTS * workgroup) return undefined;
  const subgroups = host.subgroups ? { subgroups: host.subgroups } : {};
  for (const block of BLOCKS[store.kind]) {
    const keys = Math.min(workgroup, Math.max(block, lanes));
    if (keys / lanes > MOST_TEAM) continue;
    for (let chunks = Math.ceil(4 * vectors / MOST_ELEMENTS);; chunks++) {
      const elements = 4 * Math.ceil(vectors / chunks);
      if (elements < Math.min(LEAST_ELEMENTS, 4 * vectors)) break;
      const shape: TileShape = {
        ...rest,
        store,
        workgroup,
        lanes: { kind: "tile", queries, keys, elements, ...subgroups },
      };
      if (tileBytes(shape) <= memory) return shape;
      if (elements === 4) break;
    }
  }
  return undefined;
}

/** The most queries that leave enough tiles to fill a GPU; a CPU is filled by any. */
function mostQueries({ software }: KernelHost, { queries, heads }: WantedKernel): number {
  let most = MOST_QUERIES;
  while (!software && most > LEAST_QUERIES && Math.ceil(queries / most) * heads < FILLING) most /= 2;
  return most;
}

/**
 * The tile for some keys under a policy.
 *
 * Kept scores are tried first, within a part of the memory, so that a processor has room for other workgroups. A
 * threshold takes five to ten passes over the scores: rather than compute them again in each, all of the memory is
 * taken for few queries. A softmax takes two, and larger tiles save more than that.
 *
 * @throws {DeviceError} if the adapter's limits are below those that WebGPU promises, and no tile fits them.
 */
export function chooseTile(host: KernelHost, wanted: WantedKernel): TileShape {
  const { maxWorkgroupStorage: all } = host;
  const part = Math.min(all, Math.max(COMFORTABLE, all / 2));
  const most = mostQueries(host, wanted);
  const largest = (store: ScoreStore, least: number, memory: number) => {
    for (let queries = most; queries >= least; queries /= 2) {
      const shape = tileOf(host, wanted, store, queries, memory);
      if (shape) return shape;
    }
    return undefined;
  };
  const store = storeFor("tile", wanted.keys);
  const kept = store.kind === "kept"
    ? largest(store, LEAST_QUERIES, part) ??
      (isSparse(wanted.kind) ? largest(store, LEAST_QUERIES_KEPT, all) : undefined)
    : undefined;
  const shape = kept ?? largest({ kind: "recompute" }, 1, part);
  if (shape) return shape;
  throw new DeviceError({
    doing: "compute attention on this adapter",
    what: "its workgroup memory",
    rule: "enough for one query and a block of keys",
    got: `${all} bytes`,
    remedy: "Use --attention-form graph.",
  });
}
