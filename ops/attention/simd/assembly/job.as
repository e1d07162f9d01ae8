// The fields of a job, in the order in which simd_job.ts writes them. Strides are in bytes.

/** Consecutive queries of one head that are computed together; simd_job.ts has the same number. */
export const UNIT_QUERIES: i32 = 64;

/** What is done with the part of a row that the policy reaches. */
export const COOLED: i32 = 1;
export const SPARSE: i32 = 2;

@unmanaged
export class Job {
  query: usize;
  key: usize;
  value: usize;
  output: usize;
  /** 0 where there is none. */
  mask: usize;
  queryBatch: usize;
  queryHead: usize;
  queryRow: usize;
  keyBatch: usize;
  keyHead: usize;
  keyRow: usize;
  valueBatch: usize;
  valueHead: usize;
  valueRow: usize;
  outputBatch: usize;
  outputHead: usize;
  outputRow: usize;
  maskBatch: usize;
  maskHead: usize;
  maskRow: usize;
  maskKey: usize;
  heads: i32;
  headSize: i32;
  queries: i32;
  keys: i32;
  /** Queries and keys that the policy reaches; ends are exclusive. */
  reachFrom: i32;
  reachTo: i32;
  partFrom: i32;
  partTo: i32;
  kind: i32;
  /** How u^q is taken: see sums.as. */
  power: i32;
  /** Of the sums over a row, after the quick ones. */
  evaluations: i32;
  scale: f32;
  /** 1/T of whole rows. */
  warmth: f32;
  /** 1/T of the part. */
  partWarmth: f32;
  /** α − 1. */
  slope: f32;
  /** q = 1/(α − 1). */
  q: f32;
  lambda: f32;
  /** The search for τ starts at −Σexp(z − top) to this power; at −1 where it is 0. */
  start: f32;
  /** K^(1 − α), K the part's keys: what τ lies below the scores' mean where all of them are alike. */
  depth: f32;
}
