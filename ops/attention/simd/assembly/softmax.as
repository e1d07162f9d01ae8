// Exponentials of the scores, less the largest of their row, and their sums.

import { Job } from "./job";
import { sumOfEachAt } from "./lanes";
import { writeExponentialsOf } from "./power";
import { padded, rowBytes, scoresAt, SUMS, TOPS, TOTALS, weightsAt } from "./scratch";

/** Writes the exponentials of four rows, and their sums as `TOTALS`. */
export function writeExponentials(job: Job, scratch: usize): void {
  const row = rowBytes(job.keys), bytes = padded(job.keys) << 2;
  const warmth = f32x4.splat(job.warmth);
  let from = scoresAt(scratch), to = weightsAt(scratch, job.keys);
  for (let r: usize = 0; r < 4; r++) {
    const top = v128.load32_splat(scratch + (r << 2), TOPS);
    const total = writeExponentialsOf(from, to, bytes, top, warmth, scratch);
    v128.store(scratch + (r << 4), total, SUMS);
    from += row;
    to += row;
  }
  v128.store(scratch, sumOfEachAt(scratch + SUMS), TOTALS);
}
