// What a policy makes of the weights, which are exponentials still: of the whole row, or in joint attention of a part.

import { writeFloors, writeNoFloors } from "./floor";
import { Job } from "./job";
import { lanesBelow, sumOfEachAt, topOfEach } from "./lanes";
import { gatherNear, packNear, spreadPowers } from "./near";
import { writeExponentialsOf } from "./power";
import {
  padded,
  PART_TOPS,
  PART_TOTALS,
  powersAt,
  rowBytes,
  scoresAt,
  SUMS,
  TOPS,
  TOTALS,
  weightsAt,
} from "./scratch";
import { LINEAR } from "./sums";
import { findThresholds } from "./threshold";
import { gatherWhole, spreadWhole, takesWhole } from "./whole";

/** The largest scores of the part, and the sums of its exponentials. */
function writePart(job: Job, scratch: usize): void {
  const row = rowBytes(job.keys), from = <usize>job.partFrom << 2;
  const scores = scoresAt(scratch) + from, weights = weightsAt(scratch, job.keys) + from;
  const length = job.partTo - job.partFrom, least = f32x4.splat(-3e38);
  for (let r: usize = 0; r < 4; r++) {
    let top = least, total = f32x4.splat(0);
    for (let i: i32 = 0; i < length; i += 4) {
      const inside = lanesBelow(length - i), at = r * row + (<usize>i << 2);
      top = f32x4.pmax(top, v128.bitselect(v128.load(scores + at), least, inside));
      total = f32x4.add(total, v128.and(v128.load(weights + at), inside));
    }
    v128.store(scratch + (r << 4), top, SUMS);
    v128.store(scratch + (r << 4), total, SUMS + 64);
  }
  const at = scratch + SUMS;
  v128.store(
    scratch,
    topOfEach(v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48)),
    PART_TOPS,
  );
  v128.store(scratch, sumOfEachAt(at + 64), PART_TOTALS);
}

@inline
function writeWhole(scratch: usize): void {
  v128.store(scratch, v128.load(scratch, TOPS), PART_TOPS);
  v128.store(scratch, v128.load(scratch, TOTALS), PART_TOTALS);
}

/** Weights of the part times `keep`. */
function scaleWeights(weights: usize, row: usize, part: i32, keep: f32): void {
  for (let r: usize = 0; r < 4; r++) {
    let at = weights + r * row;
    const end = at + (<usize>part << 2), whole = at + ((<usize>part & ~3) << 2);
    for (; at < whole; at += 16) v128.store(at, f32x4.mul(v128.load(at), f32x4.splat(keep)));
    for (; at < end; at += 4) store<f32>(at, load<f32>(at) * keep);
  }
}

/** Scores near the tops side by side, and how many vectors they are. */
@inline
function gather(job: Job, scratch: usize): i32 {
  writeNoFloors(scratch);
  if (takesWhole(job)) return gatherWhole(job, scratch);
  const length = gatherNear(job, scratch);
  if (job.power == LINEAR) return length;
  writeFloors(job, length, scratch);
  return packNear(job, length, scratch);
}

/** λ · entmax + (1 − λ) · softmax over the part, times the part's own share of the softmax. */
export function blendSparse(job: Job, scratch: usize): void {
  const whole = job.partFrom == 0 && job.partTo == job.keys, keep: f32 = 1 - job.lambda;
  if (whole) writeWhole(scratch);
  else writePart(job, scratch);
  const length = gather(job, scratch), sums = findThresholds(job, length, scratch);
  const weights = weightsAt(scratch, job.keys) + (<usize>job.partFrom << 2);
  let shares = f32x4.mul(f32x4.splat(job.lambda), v128.load(scratch, PART_TOTALS));
  shares = f32x4.div(shares, sums);
  if (whole && keep != 0) {
    // the same as to scale all weights
    shares = f32x4.div(shares, f32x4.splat(keep));
    v128.store(scratch, f32x4.div(v128.load(scratch, TOTALS), f32x4.splat(keep)), TOTALS);
  } else scaleWeights(weights, rowBytes(job.keys), job.partTo - job.partFrom, keep);
  if (takesWhole(job)) spreadWhole(job, weights, shares, scratch);
  else spreadPowers(job, shares, length, scratch);
}

/** The part's softmax at a temperature of its own, times the part's share of the whole. */
export function blendCooled(job: Job, scratch: usize): void {
  writePart(job, scratch);
  const row = rowBytes(job.keys), from = <usize>job.partFrom << 2, length = job.partTo - job.partFrom;
  const warmth = f32x4.splat(job.partWarmth);
  let scores = scoresAt(scratch) + from, weights = weightsAt(scratch, job.keys) + from;
  let powers = powersAt(scratch, job.keys);
  for (let r: usize = 0; r < 4; r++) {
    const top = v128.load32_splat(scratch + (r << 2), PART_TOPS);
    writeExponentialsOf(scores, powers, padded(length) << 2, top, warmth, scratch);
    let sum: f32 = 0;
    for (let at: usize = 0, end = <usize>length << 2; at < end; at += 4) sum += load<f32>(powers + at);
    const share = load<f32>(scratch + (r << 2), PART_TOTALS) / sum;
    for (let at: usize = 0, end = <usize>length << 2; at < end; at += 4) {
      store<f32>(weights + at, load<f32>(powers + at) * share);
    }
    scores += row;
    weights += row;
    powers += row;
  }
}
