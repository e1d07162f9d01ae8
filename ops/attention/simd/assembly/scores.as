/** Products of a tile of eight queries, which lie as [D][8], with keys and values as they lie in memory. */
import { Job } from "./job";
import { add, larger, madd, mul, splat } from "./lanes";

/** Bytes of four floats. */
const FOUR = 16;

// @ts-ignore: decorator
function spread(at: usize): v128 {
  return v128.load32_splat(at);
}

/** Scores of one key for eight queries: dot + mask, clamped, times `cool`. */
// @ts-ignore: decorator

function finish(dot: v128, job: Job, mask: usize, row: i32, j: i32): v128 {
  let z = dot;
  if (mask) {
    const at = mask + ((<usize> (j * job.maskKey)) << 2), stride = job.maskRow, last = job.queries - 1;
    let m = splat(load<f32>(at + (<usize> (min(row, last) * stride) << 2)));
    m = f32x4.replace_lane(m, 1, load<f32>(at + (<usize> (min(row + 1, last) * stride) << 2)));
    m = f32x4.replace_lane(m, 2, load<f32>(at + (<usize> (min(row + 2, last) * stride) << 2)));
    m = f32x4.replace_lane(m, 3, load<f32>(at + (<usize> (min(row + 3, last) * stride) << 2)));
    z = add(z, m);
  }
  return mul(larger(z, splat(MASKED_SCORE)), splat(job.cool));
}

/** As in ../../policy.ts. */
const MASKED_SCORE: f32 = -1e5;

/**
 * Scores of eight queries and every key: [K][4] at `first` for queries 0 to 3, at `second` for the others.
 *
 * @param q [D][8], scaled.
 * @param row The first query.
 */
export function scoreTile(
  job: Job,
  q: usize,
  key: usize,
  mask: usize,
  row: i32,
  first: usize,
  second: usize,
): void {
  const keys = job.keys, end = q + ((<usize> job.headSize) << 5), stride = (<usize> job.keyRow) << 2;
  let j = 0, k = key;
  for (; j + 4 <= keys; j += 4) {
    let a0 = splat(0), a1 = splat(0), a2 = splat(0), a3 = splat(0);
    let b0 = splat(0), b1 = splat(0), b2 = splat(0), b3 = splat(0);
    let k0 = k, k1 = k + stride, k2 = k1 + stride, k3 = k2 + stride;
    for (let at = q; at < end; at += 32) {
      const a = v128.load(at), b = v128.load(at, FOUR);
      let s = spread(k0);
      a0 = madd(a, s, a0);
      b0 = madd(b, s, b0);
      s = spread(k1);
      a1 = madd(a, s, a1);
      b1 = madd(b, s, b1);
      s = spread(k2);
      a2 = madd(a, s, a2);
      b2 = madd(b, s, b2);
      s = spread(k3);
      a3 = madd(a, s, a3);
      b3 = madd(b, s, b3);
      k0 += 4;
      k1 += 4;
      k2 += 4;
      k3 += 4;
    }
    const x = first + ((<usize> j) << 4), y = second + ((<usize> j) << 4);
    v128.store(x, finish(a0, job, mask, row, j));
    v128.store(x, finish(a1, job, mask, row, j + 1), FOUR);
    v128.store(x, finish(a2, job, mask, row, j + 2), 2 * FOUR);
    v128.store(x, finish(a3, job, mask, row, j + 3), 3 * FOUR);
    v128.store(y, finish(b0, job, mask, row + 4, j));
    v128.store(y, finish(b1, job, mask, row + 4, j + 1), FOUR);
    v128.store(y, finish(b2, job, mask, row + 4, j + 2), 2 * FOUR);
    v128.store(y, finish(b3, job, mask, row + 4, j + 3), 3 * FOUR);
    k += stride << 2;
  }
  for (; j < keys; j++, k += stride) {
    let a0 = splat(0), b0 = splat(0), at = q;
    for (let k0 = k; at < end; at += 32, k0 += 4) {
      const s = spread(k0);
      a0 = madd(v128.load(at), s, a0);
      b0 = madd(v128.load(at, FOUR), s, b0);
    }
    v128.store(first + ((<usize> j) << 4), finish(a0, job, mask, row, j));
    v128.store(second + ((<usize> j) << 4), finish(b0, job, mask, row + 4, j));
  }
}

/** Puts eight queries side by side, scaled: [D][8]. Past the last query it is repeated. */
export function packQueries(job: Job, query: usize, row: i32, q: usize): void {
  const size = job.headSize, scale = job.scale, last = job.queries - 1;
  for (let lane = 0; lane < 8; lane++) {
    const from = query + (<usize> (min(row + lane, last) * job.queryRow) << 2);
    for (let d = 0; d < size; d++) {
      store<f32>(q + ((<usize> (d * 8 + lane)) << 2), load<f32>(from + ((<usize> d) << 2)) * scale);
    }
  }
}

/** Writes four elements of each of four queries, of which `count` are there. */
// @ts-ignore: decorator

function storeFour(r0: v128, r1: v128, r2: v128, r3: v128, at: usize, stride: usize, count: i32): void {
  const low = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const lower = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), higher = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  if (count > 0) v128.store(at, v128.shuffle<f64>(low, lower, 0, 2));
  if (count > 1) v128.store(at + stride, v128.shuffle<f64>(low, lower, 1, 3));
  if (count > 2) v128.store(at + 2 * stride, v128.shuffle<f64>(high, higher, 0, 2));
  if (count > 3) v128.store(at + 3 * stride, v128.shuffle<f64>(high, higher, 1, 3));
}

// @ts-ignore: decorator

function storeOne(r: v128, at: usize, stride: usize, count: i32): void {
  if (count > 0) store<f32>(at, f32x4.extract_lane(r, 0));
  if (count > 1) store<f32>(at + stride, f32x4.extract_lane(r, 1));
  if (count > 2) store<f32>(at + 2 * stride, f32x4.extract_lane(r, 2));
  if (count > 3) store<f32>(at + 3 * stride, f32x4.extract_lane(r, 3));
}

/**
 * Σ weight·value for eight queries, times a factor a query.
 *
 * @param first Weights of queries 0 to 3, [K][4]; `second` those of the others.
 * @param output Where query `row` goes.
 */
export function sumValues(
  job: Job,
  value: usize,
  row: i32,
  first: usize,
  second: usize,
  firstFactor: v128,
  secondFactor: v128,
  output: usize,
): void {
  const size = job.headSize, stride = (<usize> job.valueRow) << 2, out = (<usize> job.outputRow) << 2;
  const end = first + ((<usize> job.keys) << 4), count = job.queries - row, apart = second - first;
  let d = 0;
  for (; d + 4 <= size; d += 4) {
    let a0 = splat(0), a1 = splat(0), a2 = splat(0), a3 = splat(0);
    let b0 = splat(0), b1 = splat(0), b2 = splat(0), b3 = splat(0);
    let v = value + ((<usize> d) << 2);
    for (let w = first; w < end; w += FOUR, v += stride) {
      const a = v128.load(w), b = v128.load(w + apart);
      let s = spread(v);
      a0 = madd(a, s, a0);
      b0 = madd(b, s, b0);
      s = spread(v + 4);
      a1 = madd(a, s, a1);
      b1 = madd(b, s, b1);
      s = spread(v + 8);
      a2 = madd(a, s, a2);
      b2 = madd(b, s, b2);
      s = spread(v + 12);
      a3 = madd(a, s, a3);
      b3 = madd(b, s, b3);
    }
    const at = output + ((<usize> d) << 2);
    storeFour(
      mul(a0, firstFactor),
      mul(a1, firstFactor),
      mul(a2, firstFactor),
      mul(a3, firstFactor),
      at,
      out,
      count,
    );
    storeFour(
      mul(b0, secondFactor),
      mul(b1, secondFactor),
      mul(b2, secondFactor),
      mul(b3, secondFactor),
      at + 4 * out,
      out,
      count - 4,
    );
  }
  for (; d < size; d++) {
    let a = splat(0), b = splat(0), v = value + ((<usize> d) << 2);
    for (let w = first; w < end; w += FOUR, v += stride) {
      const s = spread(v);
      a = madd(v128.load(w), s, a);
      b = madd(v128.load(w + apart), s, b);
    }
    const at = output + ((<usize> d) << 2);
    storeOne(mul(a, firstFactor), at, out, count);
    storeOne(mul(b, secondFactor), at + 4 * out, out, count - 4);
  }
}
