// Scores of four queries: products with all keys, the mask added, and the largest of each row.

import { Job } from "./job";
import { topOfEach } from "./lanes";
import { keyAt, padded, queryAt, rowBytes, scoresAt, TOPS } from "./scratch";

/** Queries whose every score is below may have scores to raise to `MASKED`. */
const ALMOST_MASKED: f32 = -9e4;

/** `MASKED_SCORE` of policy.ts: scores up to this count as masked out. */
const MASKED: f32 = -1e5;

/** Four queries side by side, [D, 4]; the last of `count` stands for those past the end. */
function packQueries(job: Job, from: usize, count: i32, to: usize): void {
  const bytes = <usize>job.headSize << 2;
  for (let r: i32 = 0; r < 4; r++) {
    const query = from + <usize>min(r, count - 1) * job.queryRow, lane = to + (<usize>r << 2);
    for (let d: usize = 0; d < bytes; d += 4) store<f32>(lane + (d << 2), load<f32>(query + d));
  }
}

/** Scores of four queries with a panel of eight keys. */
@inline
function scorePanel(query: usize, key: usize, depth: i32, to: usize, row: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  const end = query + (<usize>depth << 4);
  do {
    const low = v128.load(key), high = v128.load(key, 16);
    const q0 = v128.load32_splat(query), q1 = v128.load32_splat(query, 4);
    a0 = f32x4.add(a0, f32x4.mul(q0, low));
    b0 = f32x4.add(b0, f32x4.mul(q0, high));
    a1 = f32x4.add(a1, f32x4.mul(q1, low));
    b1 = f32x4.add(b1, f32x4.mul(q1, high));
    const q2 = v128.load32_splat(query, 8), q3 = v128.load32_splat(query, 12);
    a2 = f32x4.add(a2, f32x4.mul(q2, low));
    b2 = f32x4.add(b2, f32x4.mul(q2, high));
    a3 = f32x4.add(a3, f32x4.mul(q3, low));
    b3 = f32x4.add(b3, f32x4.mul(q3, high));
    key += 32;
    query += 16;
  } while (query < end);
  v128.store(to, a0);
  v128.store(to, b0, 16);
  to += row;
  v128.store(to, a1);
  v128.store(to, b1, 16);
  to += row;
  v128.store(to, a2);
  v128.store(to, b2, 16);
  to += row;
  v128.store(to, a3);
  v128.store(to, b3, 16);
}

function addMask(job: Job, mask: usize, count: i32, scores: usize, row: usize): void {
  const keys = <usize>job.keys, step = job.maskKey;
  for (let r: i32 = 0; r < 4; r++) {
    let from = mask + <usize>min(r, count - 1) * job.maskRow, to = scores + <usize>r * row;
    let left = keys;
    if (step == 4) {
      for (; left >= 4; left -= 4, from += 16, to += 16) {
        v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
      }
    }
    for (; left > 0; left--, from += step, to += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
  }
}

/** The largest of each lane over a row, whose padding is −Infinity. */
@inline
function topOf(at: usize, bytes: usize): v128 {
  const end = at + bytes;
  let low = v128.load(at), high = v128.load(at, 16);
  for (at += 32; at < end; at += 32) {
    low = f32x4.pmax(low, v128.load(at));
    high = f32x4.pmax(high, v128.load(at, 16));
  }
  return f32x4.pmax(low, high);
}

/** Raises scores to `MASKED`, but not the padding. */
function raise(scores: usize, row: usize, keys: i32): void {
  for (let r: usize = 0; r < 4; r++) {
    for (let at = scores + r * row, end = at + (<usize>keys << 2); at < end; at += 4) {
      store<f32>(at, max(load<f32>(at), MASKED));
    }
  }
}

@inline
function writeTops(scratch: usize, scores: usize, row: usize, bytes: usize): v128 {
  const tops = topOfEach(
    topOf(scores, bytes),
    topOf(scores + row, bytes),
    topOf(scores + 2 * row, bytes),
    topOf(scores + 3 * row, bytes),
  );
  v128.store(scratch + TOPS, tops);
  return tops;
}

/** Scores of `count` queries, 1 to 4, from `first` on. Padding is −Infinity. */
export function writeScores(job: Job, batch: i32, head: i32, first: i32, count: i32, scratch: usize): void {
  const keys = job.keys, depth = job.headSize;
  const row = rowBytes(keys), bytes = padded(keys) << 2;
  const scores = scoresAt(scratch), query = queryAt(scratch, keys);
  const block = <usize>batch * job.queryBatch + <usize>head * job.queryHead;
  packQueries(job, job.query + block + <usize>first * job.queryRow, count, query);
  let key = keyAt(scratch, keys, depth);
  for (let at: usize = 0; at < bytes; at += 32) {
    scorePanel(query, key, depth, scores + at, row);
    key += <usize>depth << 5;
  }
  if (job.mask) {
    const rows = job.mask + <usize>batch * job.maskBatch + <usize>head * job.maskHead;
    addMask(job, rows + <usize>first * job.maskRow, count, scores, row);
  }
  for (let r: usize = 0; r < 4; r++) {
    for (let at = <usize>keys << 2; at < bytes; at += 4) store<f32>(scores + r * row + at, -Infinity);
  }
  const tops = writeTops(scratch, scores, row, bytes);
  if (v128.any_true(f32x4.lt(tops, f32x4.splat(ALMOST_MASKED)))) {
    raise(scores, row, keys);
    writeTops(scratch, scores, row, bytes);
  }
}
