// All scores of the part side by side, a lane for each of four rows: where a power is cheap, or few keys are far from the
// top, to leave none out takes less than to find out which.

import { Job } from "./job";
import { FAR } from "./near";
import { nearAt, PART_TOPS, powersAt, rowBytes, scoresAt } from "./scratch";
import { FOURTH, SQUARE } from "./sums";

/** From this q on a score 3 below its row's top may be in the support. */
const MOST_NEAR: f32 = 3;

@inline
export function takesWhole(job: Job): bool {
  return job.power == SQUARE || job.power == FOURTH || job.q >= MOST_NEAR;
}

/** Writes z' = (α − 1)(z − top) of the part's keys, a vector for each, and gives their number. */
export function gatherWhole(job: Job, scratch: usize): i32 {
  const part = job.partTo - job.partFrom, row = rowBytes(job.keys), tops = v128.load(scratch, PART_TOPS);
  const slope = f32x4.splat(job.slope);
  let from = scoresAt(scratch) + (<usize>job.partFrom << 2), to = nearAt(scratch, job.keys);
  const end = to + (<usize>part << 4);
  for (; to < end; to += 64) {
    const a = v128.load(from), b = v128.load(from + row);
    const c = v128.load(from + 2 * row), d = v128.load(from + 3 * row);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, f32x4.mul(f32x4.sub(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), tops), slope));
    v128.store(to, f32x4.mul(f32x4.sub(v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), tops), slope), 16);
    v128.store(to, f32x4.mul(f32x4.sub(v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), tops), slope), 32);
    v128.store(to, f32x4.mul(f32x4.sub(v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7), tops), slope), 48);
    from += 16;
  }
  // two vectors at a time are read
  v128.store(end, f32x4.splat(FAR));
  return part;
}

@inline
function addTo(at: usize, x: v128): void {
  v128.store(at, f32x4.add(v128.load(at), x));
}

/** Adds powers, times their row's share, to the part's weights. */
export function spreadWhole(job: Job, weights: usize, shares: v128, scratch: usize): void {
  const part = <usize>(job.partTo - job.partFrom), row = rowBytes(job.keys);
  let from = powersAt(scratch, job.keys);
  const end = from + (part << 4), zero = f32x4.splat(0);
  // a key of another part may share the last vector
  v128.store(end, zero);
  v128.store(end, zero, 16);
  v128.store(end, zero, 32);
  for (; from < end; from += 64, weights += 16) {
    const a = f32x4.mul(v128.load(from), shares), b = f32x4.mul(v128.load(from, 16), shares);
    const c = f32x4.mul(v128.load(from, 32), shares), d = f32x4.mul(v128.load(from, 48), shares);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    addTo(weights, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
    addTo(weights + row, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
    addTo(weights + 2 * row, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
    addTo(weights + 3 * row, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
  }
}
