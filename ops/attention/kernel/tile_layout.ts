/**
 * How a tile's workgroup divides its memory and its work.
 *
 * Axis legend: T queries of the tile, K keys, D head size. Queries, keys and values lie in one pool of vectors of four
 * elements; scores, [T, K] or of one block of keys, beside it.
 *
 * @module
 */
import type { KernelShape, TileLanes } from "./kernel_shape.ts";

/** A shape whose work is shared by tiles. */
export type TileShape = KernelShape & { readonly lanes: TileLanes };

/** What follows from a tile's shape; offsets and strides of the pool are in vectors. */
export interface TileLayout {
  /** Invocations of a query. */
  readonly lanes: number;
  /** How many of them have joined what they found before workgroup memory is needed. */
  readonly joined: number;
  /** Vectors of a head, the last padded with zeros. */
  readonly vectors: number;
  /** Vectors of a head that are loaded at a time, and how often. */
  readonly depth: number;
  readonly chunks: number;
  readonly queryStride: number;
  /** Where the block of keys begins, after the queries. */
  readonly blockAt: number;
  readonly blockStride: number;
  /** Queries for which an invocation multiplies its key of a block. */
  readonly teamQueries: number;
  readonly scoreStride: number;
  /** Where values are loaded to, and for how many keys at a time. */
  readonly valueAt: number;
  readonly valueKeys: number;
  /** All vectors of the pool. */
  readonly pool: number;
}

/** Four elements are a vector. */
const WIDTH = 4;

/** Banks of workgroup memory of the GPUs in use, one float wide each. */
const BANKS = 32;

/** Invocations that read rows an odd number of vectors apart read from banks of their own. */
function odd(x: number): number {
  return x | 1;
}

/** Queries side by side in a subgroup read their scores from banks of their own: odd multiples of their lanes apart. */
function scoreStrideOf(columns: number, lanes: number): number {
  return lanes < BANKS ? odd(Math.ceil(columns / lanes)) * lanes : columns;
}

/** Of so many keys blocks that are as long as each other and fit: whole fours, which a loop's turn takes, if possible. */
function valueKeysOf(room: number, vectors: number, keys: number): number {
  const fit = Math.min(Math.floor(room / vectors), keys);
  if (fit < WIDTH) return 2 ** Math.floor(Math.log2(fit));
  const blocks = Math.ceil(keys / (fit - fit % WIDTH));
  return Math.ceil(keys / blocks / WIDTH) * WIDTH;
}

/** The layout of a tile. */
export function tileLayout({ headSize, store, lanes: tile, workgroup }: TileShape): TileLayout {
  const lanes = workgroup / tile.queries;
  const vectors = Math.ceil(headSize / WIDTH);
  const depth = tile.elements / WIDTH, chunks = Math.ceil(vectors / depth);
  const queryStride = odd(chunks * depth), blockStride = odd(depth);
  const blockAt = tile.queries * queryStride;
  const block = Math.max(tile.keys * blockStride, vectors);
  const kept = store.kind === "kept";
  // Once all scores are kept the queries are done with, and values may take their place.
  const valueAt = kept ? 0 : blockAt;
  return {
    lanes,
    joined: Math.min(lanes, tile.subgroups?.size ?? 1),
    vectors,
    depth,
    chunks,
    queryStride,
    blockAt,
    blockStride,
    teamQueries: tile.keys / lanes,
    scoreStride: scoreStrideOf(kept ? store.keys : tile.keys, lanes),
    valueAt,
    valueKeys: valueKeysOf(blockAt + block - valueAt, vectors, kept ? store.keys : tile.keys),
    pool: blockAt + block,
  };
}

/** Bytes of workgroup memory that a tile's kernel declares, each variable rounded up to 16 as devices count them. */
export function tileBytes(shape: TileShape): number {
  const { pool, scoreStride, lanes, joined } = tileLayout(shape), { queries } = shape.lanes;
  const variables = [
    16 * pool,
    4 * queries * scoreStride,
    joined < lanes ? 8 * shape.workgroup : 0,
    4 * queries,
  ];
  return variables.reduce((sum, bytes) => sum + Math.ceil(bytes / 16) * 16, 0);
}

/**
 * Turns of loops that one invocation takes.
 *
 * @param keys K.
 * @param passes Passes over the scores before values are added.
 */
export function tileTurns(shape: TileShape, keys: number, passes: number): number {
  const { lanes, chunks, valueKeys } = tileLayout(shape);
  const blocks = Math.ceil(keys / shape.lanes.keys), scoring = blocks * (chunks > 1 ? 1 + chunks : 1);
  const own = Math.ceil(keys / lanes) + 1;
  const values = Math.ceil(keys / Math.min(valueKeys, WIDTH)) + Math.ceil(keys / valueKeys) + 2 * blocks;
  const scores = shape.store.kind === "kept" ? scoring + (passes + 1) * own : (passes + 1) * scoring;
  return scores + values + passes;
}
