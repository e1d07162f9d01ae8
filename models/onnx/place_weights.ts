/**
 * New files for weights: which range goes where.
 *
 * @module
 */
import type { WeightRange } from "./weight_range.ts";

/** How to lay out. */
export interface Layout {
  /** The name of a new file, by its number. */
  readonly fileName: (index: number) => string;
  /** Each range begins at a multiple of this. */
  readonly align: number;
  /** A file of at least this size takes no more ranges. */
  readonly fileBytes: number;
}

/** A range of an old file, and the bytes of a new one that are its copy. */
export interface Move {
  readonly from: WeightRange;
  readonly to: WeightRange;
}

/** What goes where. */
export interface Placement {
  /** Each range once, in the order in which they lie in the new files. */
  readonly moves: readonly Move[];
  /** The new files' sizes by their names. */
  readonly files: ReadonlyMap<string, number>;
  /** Where one of the ranges went. */
  placeOf(range: WeightRange): WeightRange;
}

const keyOf = ({ location, offset, length }: WeightRange) => `${offset} ${length} ${location}`;

/** Lays ranges out in new files, those that are the same once. */
export function placeWeights(
  ranges: readonly WeightRange[],
  { fileName, align, fileBytes }: Layout,
): Placement {
  const places = new Map<string, Move>();
  const files = new Map<string, number>();
  let location = fileName(0), end = 0;
  for (const from of ranges) {
    if (places.has(keyOf(from))) continue;
    let offset = Math.ceil(end / align) * align;
    if (offset > 0 && offset + from.length > fileBytes) {
      location = fileName(files.size);
      offset = 0;
    }
    end = offset + from.length;
    files.set(location, end);
    places.set(keyOf(from), { from, to: { location, offset, length: from.length } });
  }
  return {
    moves: [...places.values()],
    files,
    placeOf: (range) => (places.get(keyOf(range)) as Move).to,
  };
}
