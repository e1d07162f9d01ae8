// Keys near the top of a row: the others cannot be in its support, and they are many. The scores of four rows are put
// side by side, a lane for each row, so that what is done with them needs no sums over lanes; a key that is near the top
// of no row is dropped.

import { Job } from "./job";
import { FLOORS, listAt, nearAt, PART_TOPS, placesAt, powersAt, rowBytes, scoresAt, weightsAt } from "./scratch";

/** Below any threshold, as these are −1 at least. */
export const FAR: f32 = -2;

/** A float32's last bit beside the number itself, and a little more. */
const ROUNDING: f32 = 1.3e-7;

/** Which of four scores of a row are above `least`, as a mask. */
@inline
function above(at: usize, least: v128): v128 {
  return f32x4.gt(v128.load(at), least);
}

/** Notes the places in the first row of the part's keys near the top, and gives their number. */
function listNear(job: Job, to: usize, scratch: usize): i32 {
  const row = rowBytes(job.keys), first = scoresAt(scratch), end = <usize>job.partTo << 2;
  // a rounding too low rather than too high: a power that is 0 does no harm
  const tops = v128.load(scratch, PART_TOPS), slack = f32x4.mul(f32x4.abs(tops), f32x4.splat(ROUNDING));
  const least = f32x4.sub(f32x4.sub(tops, f32x4.splat(job.q)), slack);
  const a = v128.shuffle<f32>(least, least, 0, 0, 0, 0), b = v128.shuffle<f32>(least, least, 1, 1, 1, 1);
  const c = v128.shuffle<f32>(least, least, 2, 2, 2, 2), d = v128.shuffle<f32>(least, least, 3, 3, 3, 3);
  let list = to;
  for (let place = <usize>job.partFrom << 2; place < end; place += 16) {
    let at = first + place;
    let near = above(at, a);
    at += row;
    near = v128.or(near, above(at, b));
    at += row;
    near = v128.or(near, above(at, c));
    at += row;
    near = v128.or(near, above(at, d));
    const bits = <usize>i32x4.bitmask(near);
    store<u32>(list, place);
    list += (bits & 1) << 2;
    store<u32>(list, place + 4);
    list += (bits & 2) << 1;
    store<u32>(list, place + 8);
    list += bits & 4;
    store<u32>(list, place + 12);
    list += (bits & 8) >> 1;
  }
  // keys of another part, which shared the last vector
  while (load<u32>(list - 4) >= end) list -= 4;
  return <i32>((list - to) >> 2);
}

/** Writes z' = (α − 1)(z − top) of the part's keys near the top, and their places in the rows, and gives their number. */
export function gatherNear(job: Job, scratch: usize): i32 {
  let list = listAt(scratch, job.keys);
  const length = listNear(job, list, scratch), end = list + (<usize>length << 2);
  const row = rowBytes(job.keys), slope = f32x4.splat(job.slope), tops = v128.load(scratch, PART_TOPS);
  const first = scoresAt(scratch), rows = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(<i32>row));
  let to = nearAt(scratch, job.keys);
  const ahead = placesAt(scratch, job.keys) - to;
  for (; list < end; list += 4, to += 16) {
    const place = load<i32>(list);
    let at = first + <usize>place;
    let z = v128.load32_zero(at);
    at += row;
    z = v128.load_lane<f32>(at, z, 1);
    at += row;
    z = v128.load_lane<f32>(at, z, 2);
    at += row;
    z = v128.load_lane<f32>(at, z, 3);
    v128.store(to, f32x4.mul(f32x4.sub(z, tops), slope));
    v128.store(to + ahead, i32x4.add(i32x4.splat(place), rows));
  }
  // two vectors at a time are read
  v128.store(to, f32x4.splat(FAR));
  return length;
}

/** Drops from each row what is below its own τ for certain, where powers are dear, and gives the longest row's number. */
export function packNear(job: Job, length: i32, scratch: usize): i32 {
  const near = nearAt(scratch, job.keys), ahead = placesAt(scratch, job.keys) - near;
  const least = v128.load(scratch, FLOORS), end = near + (<usize>length << 4);
  let a = near, b = near + 4, c = near + 8, d = near + 12;
  for (let at = near; at < end; at += 16) {
    const z = v128.load(at), place = v128.load(at + ahead);
    const bits = <usize>i32x4.bitmask(f32x4.gt(z, least));
    store<f32>(a, f32x4.extract_lane(z, 0));
    store<i32>(a + ahead, i32x4.extract_lane(place, 0));
    a += (bits & 1) << 4;
    store<f32>(b, f32x4.extract_lane(z, 1));
    store<i32>(b + ahead, i32x4.extract_lane(place, 1));
    b += (bits & 2) << 3;
    store<f32>(c, f32x4.extract_lane(z, 2));
    store<i32>(c + ahead, i32x4.extract_lane(place, 2));
    c += (bits & 4) << 2;
    store<f32>(d, f32x4.extract_lane(z, 3));
    store<i32>(d + ahead, i32x4.extract_lane(place, 3));
    d += (bits & 8) << 1;
  }
  const longest = max(max(a, b - 4), max(c - 8, d - 12));
  // behind a row's end are remains
  let left = i32x4(<i32>(a - near), <i32>(b - near - 4), <i32>(c - near - 8), <i32>(d - near - 12));
  const far = f32x4.splat(FAR), none = i32x4.splat(0), step = i32x4.splat(16);
  for (let at = near; at < longest; at += 16) {
    v128.store(at, v128.bitselect(v128.load(at), far, i32x4.gt_s(left, none)));
    left = i32x4.sub(left, step);
  }
  v128.store(longest, far);
  return <i32>((longest - near) >> 4);
}

@inline
function addTo(at: usize, x: f32): void {
  store<f32>(at, load<f32>(at) + x);
}

/** Adds powers, times their row's share, to the weights of the keys that they are of. */
export function spreadPowers(job: Job, shares: v128, length: i32, scratch: usize): void {
  const weights = weightsAt(scratch, job.keys);
  let place = placesAt(scratch, job.keys), at = powersAt(scratch, job.keys);
  for (const end = at + (<usize>length << 4); at < end; at += 16, place += 16) {
    const power = f32x4.mul(v128.load(at), shares);
    addTo(weights + load<u32>(place), f32x4.extract_lane(power, 0));
    addTo(weights + load<u32>(place, 4), f32x4.extract_lane(power, 1));
    addTo(weights + load<u32>(place, 8), f32x4.extract_lane(power, 2));
    addTo(weights + load<u32>(place, 12), f32x4.extract_lane(power, 3));
  }
}
