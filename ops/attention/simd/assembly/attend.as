// The kernel's one entry: attention of some units of a job.

import { blendCooled, blendSparse } from "./blend";
import { writeConstants } from "./constants";
import { packKeys, packValues } from "./heads";
import { COOLED, Job, SPARSE, UNIT_QUERIES } from "./job";
import { writeScores } from "./scores";
import { ROWS } from "./scratch";
import { writeExponentials } from "./softmax";
import { writeOutputs } from "./values";

/** Queries from `row` on that are computed together: up to four, all within the policy's reach or all without. */
@inline
function countFrom(job: Job, row: i32, end: i32): i32 {
  let count = min(ROWS, end - row);
  if (row < job.reachFrom) count = min(count, job.reachFrom - row);
  else if (row < job.reachTo) count = min(count, job.reachTo - row);
  return count;
}

/** Computes units `from` up to but without `to`. */
export function attend(at: usize, from: i32, to: i32, scratch: usize): void {
  const job = changetype<Job>(at);
  const units = (job.queries + UNIT_QUERIES - 1) / UNIT_QUERIES;
  writeConstants(scratch);
  let packed = -1;
  for (let unit = from; unit < to; unit++) {
    const block = unit / units, head = block % job.heads, batch = block / job.heads;
    if (block != packed) {
      packKeys(job, batch, head, scratch);
      packValues(job, batch, head, scratch);
      packed = block;
    }
    let row = (unit - block * units) * UNIT_QUERIES;
    const end = min(row + UNIT_QUERIES, job.queries);
    while (row < end) {
      const count = countFrom(job, row, end);
      writeScores(job, batch, head, row, count, scratch);
      writeExponentials(job, scratch);
      if (row >= job.reachFrom && row < job.reachTo) {
        if (job.kind == SPARSE) blendSparse(job, scratch);
        else if (job.kind == COOLED) blendCooled(job, scratch);
      }
      writeOutputs(job, batch, head, row, count, scratch);
      row += count;
    }
  }
}
