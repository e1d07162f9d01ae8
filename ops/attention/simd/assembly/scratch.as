// Where things lie in a thread's scratch memory: `scratchBytes` of simd_job.ts is the sum of it.
// First small things (constants, numbers of the four rows), then arrays of rows, then what is packed of a head.

/** Queries that are computed together. */
export const ROWS: i32 = 4;

/** See constants.as. */
export const CONSTANTS: usize = 0;
/** Vectors that are summed up, one for each row. */
export const SUMS: usize = 512;
/** Largest scores, and sums of exponentials: of the whole row, and of the part that the policy reaches. */
export const TOPS: usize = 640;
export const TOTALS: usize = 656;
export const PART_TOPS: usize = 672;
export const PART_TOTALS: usize = 688;
/** Eight elements that do not all go to the output. */
export const SPILL: usize = 704;
/** What τ cannot be below. */
export const FLOORS: usize = 736;
const SMALL: usize = 752;

/** Arrays of four rows: scores; exponentials, which become weights; scores near the top, side by side; their powers; their
 * places; a list. */
const ARRAYS: usize = 6;

@inline
export function padded(size: i32): usize {
  return (<usize>size + 7) & ~7;
}

/** Bytes of one row of an array, with room for a vector written past its end. */
@inline
export function rowBytes(keys: i32): usize {
  return (padded(keys) + 8) << 2;
}

@inline
export function scoresAt(scratch: usize): usize {
  return scratch + SMALL;
}

@inline
export function weightsAt(scratch: usize, keys: i32): usize {
  return scoresAt(scratch) + <usize>ROWS * rowBytes(keys);
}

@inline
export function nearAt(scratch: usize, keys: i32): usize {
  return scoresAt(scratch) + 2 * <usize>ROWS * rowBytes(keys);
}

@inline
export function powersAt(scratch: usize, keys: i32): usize {
  return scoresAt(scratch) + 3 * <usize>ROWS * rowBytes(keys);
}

@inline
export function placesAt(scratch: usize, keys: i32): usize {
  return scoresAt(scratch) + 4 * <usize>ROWS * rowBytes(keys);
}

@inline
export function listAt(scratch: usize, keys: i32): usize {
  return scoresAt(scratch) + 5 * <usize>ROWS * rowBytes(keys);
}

@inline
export function queryAt(scratch: usize, keys: i32): usize {
  return scoresAt(scratch) + ARRAYS * <usize>ROWS * rowBytes(keys);
}

@inline
export function keyAt(scratch: usize, keys: i32, headSize: i32): usize {
  return queryAt(scratch, keys) + ((<usize>ROWS * padded(headSize)) << 2);
}

@inline
export function valueAt(scratch: usize, keys: i32, headSize: i32): usize {
  return keyAt(scratch, keys, headSize) + ((padded(keys) * padded(headSize)) << 2);
}
