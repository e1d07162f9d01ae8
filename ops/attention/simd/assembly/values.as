// The weighted sums of the values.

import { Job } from "./job";
import { padded, rowBytes, SPILL, TOTALS, valueAt, weightsAt } from "./scratch";

/** Writes eight elements, or at the end of a head fewer. */
@inline
function writeElements(to: usize, low: v128, high: v128, count: i32, spill: usize): void {
  if (count >= 8) {
    v128.store(to, low);
    v128.store(to, high, 16);
    return;
  }
  v128.store(spill, low);
  v128.store(spill, high, 16);
  for (let at: usize = 0; at < (<usize>count << 2); at += 4) store<f32>(to + at, load<f32>(spill + at));
}

/** Writes the outputs of `count` queries: their weights times the values, over `TOTALS`. */
export function writeOutputs(job: Job, batch: i32, head: i32, first: i32, count: i32, scratch: usize): void {
  const keys = job.keys, depth = job.headSize;
  const row = rowBytes(keys), spill = scratch + SPILL;
  const weights = weightsAt(scratch, keys), end = weights + (padded(keys) << 2);
  const block = <usize>batch * job.outputBatch + <usize>head * job.outputHead;
  const step = job.outputRow, output = job.output + block + <usize>first * step;
  const shares = f32x4.div(f32x4.splat(1), v128.load(scratch + TOTALS));
  let value = valueAt(scratch, keys, depth);
  for (let d: i32 = 0; d < depth; d += 8) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    let w0 = weights, w1 = weights + row, w2 = w1 + row, w3 = w2 + row;
    do {
      // two keys at a time
      let low = v128.load(value), high = v128.load(value, 16);
      let x = v128.load32_splat(w0), y = v128.load32_splat(w1);
      a0 = f32x4.add(a0, f32x4.mul(x, low));
      b0 = f32x4.add(b0, f32x4.mul(x, high));
      a1 = f32x4.add(a1, f32x4.mul(y, low));
      b1 = f32x4.add(b1, f32x4.mul(y, high));
      x = v128.load32_splat(w2), y = v128.load32_splat(w3);
      a2 = f32x4.add(a2, f32x4.mul(x, low));
      b2 = f32x4.add(b2, f32x4.mul(x, high));
      a3 = f32x4.add(a3, f32x4.mul(y, low));
      b3 = f32x4.add(b3, f32x4.mul(y, high));
      low = v128.load(value, 32), high = v128.load(value, 48);
      x = v128.load32_splat(w0, 4), y = v128.load32_splat(w1, 4);
      a0 = f32x4.add(a0, f32x4.mul(x, low));
      b0 = f32x4.add(b0, f32x4.mul(x, high));
      a1 = f32x4.add(a1, f32x4.mul(y, low));
      b1 = f32x4.add(b1, f32x4.mul(y, high));
      x = v128.load32_splat(w2, 4), y = v128.load32_splat(w3, 4);
      a2 = f32x4.add(a2, f32x4.mul(x, low));
      b2 = f32x4.add(b2, f32x4.mul(x, high));
      a3 = f32x4.add(a3, f32x4.mul(y, low));
      b3 = f32x4.add(b3, f32x4.mul(y, high));
      value += 64;
      w0 += 8;
      w1 += 8;
      w2 += 8;
      w3 += 8;
    } while (w0 < end);
    let to = output + (<usize>d << 2);
    const left = depth - d;
    let share = v128.shuffle<f32>(shares, shares, 0, 0, 0, 0);
    writeElements(to, f32x4.mul(a0, share), f32x4.mul(b0, share), left, spill);
    if (count > 1) {
      to += step;
      share = v128.shuffle<f32>(shares, shares, 1, 1, 1, 1);
      writeElements(to, f32x4.mul(a1, share), f32x4.mul(b1, share), left, spill);
    }
    if (count > 2) {
      to += step;
      share = v128.shuffle<f32>(shares, shares, 2, 2, 2, 2);
      writeElements(to, f32x4.mul(a2, share), f32x4.mul(b2, share), left, spill);
    }
    if (count > 3) {
      to += step;
      share = v128.shuffle<f32>(shares, shares, 3, 3, 3, 3);
      writeElements(to, f32x4.mul(a3, share), f32x4.mul(b3, share), left, spill);
    }
  }
}
