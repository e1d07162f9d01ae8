/** One attention site, as ../simd_job.ts writes it: words of four bytes, in this order. Strides are in elements. */
@unmanaged
export class Job {
  query: usize;
  key: usize;
  value: usize;
  output: usize;
  /** 0: no mask. */
  mask: usize;
  batch: i32;
  heads: i32;
  queries: i32;
  keys: i32;
  headSize: i32;
  queryBatch: i32;
  queryHead: i32;
  queryRow: i32;
  keyBatch: i32;
  keyHead: i32;
  keyRow: i32;
  valueBatch: i32;
  valueHead: i32;
  valueRow: i32;
  outputBatch: i32;
  outputHead: i32;
  outputRow: i32;
  maskBatch: i32;
  maskHead: i32;
  maskRow: i32;
  maskKey: i32;
  /** Queries from reach to reachEnd have the policy, over keys from part to partEnd. */
  reach: i32;
  reachEnd: i32;
  part: i32;
  partEnd: i32;
  /** 0: softmax; 1: entmax in it; 2: a part's softmax at a temperature of its own. */
  kind: i32;
  /** Evaluations of the threshold's sums, at most. */
  evaluations: i32;
  scale: f32;
  /** What scores are multiplied by once they are clamped: 1/T where the temperature is that of every key. */
  cool: f32;
  /** q = 1/(α − 1). */
  q: f32;
  /** λ; 1/T where the temperature is a part's. */
  strength: f32;
  /** How often u is a factor of u^(q − 1), apart from the root that the polynomial is for. */
  factors: i32;
  /** The polynomial's coefficients follow, the constant first: see ../root_polynomial.ts. */
  coefficients: f32;
}
