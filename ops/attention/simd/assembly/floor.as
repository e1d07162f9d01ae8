// What a row's threshold cannot be below, told from a few sums, so that keys below it need no powers. For any set of n
// scores of the row, with q = 1/(α − 1):
// - for q from 1 on, u^q is convex, and by Jensen's inequality Σ[z' − τ]₊^q ≥ n [mean z' − τ]₊^q: τ is not below the mean
//   of the set less n^(−1/q);
// - for any q, Σ[z' − τ]₊^q ≥ n [t − τ]₊^q where n scores are t or more: τ is not below t − n^(−1/q).

import { Job } from "./job";
import { powerOf } from "./power";
import { FLOORS, nearAt } from "./scratch";

/** Rows of fewer scores are done before this is. */
const LEAST_LENGTH: i32 = 16;

/** A float32's last bit, and how near `powerOf` is, a few times. */
const LAST_BIT: f32 = 6e-8, POWER_ERROR: f32 = 4e-6;

@inline
function counted(masks: v128): v128 {
  return f32x4.pmax(f32x4.splat(1), f32x4.convert_i32x4_s(i32x4.neg(masks)));
}

@inline
function lift(job: Job, floor: v128, level: v128, count: v128, scratch: usize): v128 {
  return f32x4.pmax(floor, f32x4.sub(level, powerOf(count, f32x4.splat(-job.slope), scratch)));
}

/** No floor but that of all rows: the top key alone has u^q ≤ 1. */
@inline
export function writeNoFloors(scratch: usize): void {
  v128.store(scratch, f32x4.splat(-1), FLOORS);
}

/** Writes a floor of each row's τ, from `length` vectors of z'. */
export function writeFloors(job: Job, length: i32, scratch: usize): void {
  writeNoFloors(scratch);
  if (length < LEAST_LENGTH) return;
  const near = nearAt(scratch, job.keys), end = near + (<usize>length << 4), zero = f32x4.splat(0);
  let sum = zero;
  for (let at = near; at < end; at += 16) sum = f32x4.add(sum, v128.load(at));
  const mean = f32x4.mul(sum, f32x4.splat(1 / <f32>length));
  let above = zero, count = zero;
  for (let at = near; at < end; at += 16) {
    const z = v128.load(at), inside = f32x4.gt(z, mean);
    above = f32x4.add(above, v128.and(z, inside));
    count = i32x4.add(count, inside);
  }
  const many = counted(count), upper = f32x4.div(above, many), convex = job.q >= 1;
  let floor = lift(job, f32x4.splat(-1), mean, convex ? f32x4.splat(<f32>length) : many, scratch);
  if (!convex) {
    count = zero;
    for (let at = near; at < end; at += 16) count = i32x4.add(count, f32x4.gt(v128.load(at), upper));
  }
  floor = lift(job, floor, upper, convex ? many : counted(count), scratch);
  // sums of many scores are rounded as often
  const error = f32x4.mul(f32x4.abs(mean), f32x4.splat(LAST_BIT * <f32>length));
  floor = f32x4.sub(floor, f32x4.add(error, f32x4.splat(POWER_ERROR)));
  v128.store(scratch, f32x4.pmax(f32x4.splat(-1), floor), FLOORS);
}
