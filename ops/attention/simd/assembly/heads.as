// Keys and values of one head, packed so that the loops over them read one address after the other.

import { Job } from "./job";
import { keyAt, padded, valueAt } from "./scratch";

/** Keys times the scale, in panels of 8 keys: [⌈K / 8⌉, D, 8]; keys past the end are 0. */
export function packKeys(job: Job, batch: i32, head: i32, scratch: usize): void {
  const source = job.key + <usize>batch * job.keyBatch + <usize>head * job.keyHead;
  const keys = <usize>job.keys, row = job.keyRow, depth = <usize>job.headSize, scale = job.scale;
  let to = keyAt(scratch, job.keys, job.headSize);
  for (let first: usize = 0; first < keys; first += 8) {
    const count = min<usize>(8, keys - first);
    for (let lane: usize = 0; lane < 8; lane++) {
      const from = source + (first + lane) * row, lanes = to + (lane << 2);
      for (let d: usize = 0; d < depth; d++) {
        store<f32>(lanes + (d << 5), lane < count ? load<f32>(from + (d << 2)) * scale : 0);
      }
    }
    to += depth << 5;
  }
}

/** Values in panels of 8 elements: [⌈D / 8⌉, ⌈K / 8⌉ · 8, 8]; what is past the end of either is 0. */
export function packValues(job: Job, batch: i32, head: i32, scratch: usize): void {
  const source = job.value + <usize>batch * job.valueBatch + <usize>head * job.valueHead;
  const keys = <usize>job.keys, row = job.valueRow, depth = <usize>job.headSize;
  const rows = padded(job.keys);
  let to = valueAt(scratch, job.keys, job.headSize);
  for (let first: usize = 0; first < depth; first += 8) {
    const count = min<usize>(8, depth - first);
    for (let key: usize = 0; key < rows; key++) {
      const from = source + key * row + (first << 2);
      if (key < keys && count == 8) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let d: usize = 0; d < 8; d++) {
          store<f32>(to + (d << 2), key < keys && d < count ? load<f32>(from + (d << 2)) : 0);
        }
      }
      to += 32;
    }
  }
}
