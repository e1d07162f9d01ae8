/**
 * What the judge's network gives, read as scenes.
 *
 * @module
 */
import type { FloatTensor } from "../../models/runtimes/tensor.ts";
import type { Seen, SeenObject } from "../scene.ts";
import { placeOf } from "../world/place_of.ts";
import { COLORS, NAMES, WORLD } from "../world/world_data.ts";

const { cell, grid, sizeUnit, present } = WORLD.judge;
const CELLS = grid * grid;

/** The channels of a cell: first a logit that a centre is in it, then those of its name and its tint, then numbers. */
const NAME = 1, TINT = NAME + NAMES.length, SIZE = TINT + WORLD.tints.length + 1, X = SIZE + 1, Y = X + 1;
/** Channels of a cell, in all. */
export const CELL_CHANNELS: number = Y + 1;

/** The first of the greatest of `count` numbers, `step` apart. */
function argmax(data: Float32Array, from: number, count: number, step: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (data[from + i * step] > data[from + best * step]) best = i;
  return best;
}

/** In float32, as the judge was measured: where two neighbours round to the same, both are peaks. */
const sigmoid = (logit: number) => Math.fround(1 / (1 + Math.exp(-logit)));

/** Whether a cell's probability is the largest of its neighbourhood of 3x3. */
function isPeak(presence: Float32Array, row: number, column: number): boolean {
  const own = presence[row * grid + column];
  for (let y = Math.max(0, row - 1); y <= Math.min(grid - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(grid - 1, column + 1); x++) {
      if (presence[y * grid + x] > own) return false;
    }
  }
  return true;
}

function objectsIn(data: Float32Array): SeenObject[] {
  const presence = data.subarray(0, CELLS).map(sigmoid);
  const seen: SeenObject[] = [];
  for (let at = 0; at < CELLS; at++) {
    const row = Math.floor(at / grid), column = at % grid;
    if (presence[at] < present || !isPeak(presence, row, column)) continue;
    const value = (channel: number) => data[channel * CELLS + at];
    const x = (value(X) + column + 0.5) * cell, y = (value(Y) + row + 0.5) * cell;
    const tint = WORLD.tints[argmax(data, TINT * CELLS + at, WORLD.tints.length + 1, CELLS)];
    seen.push({
      name: NAMES[argmax(data, NAME * CELLS + at, NAMES.length, CELLS)],
      place: placeOf(x, y),
      // The class after the last tint is none.
      ...(tint && { tint }),
      size: value(SIZE) * sizeUnit,
      x,
      y,
    });
  }
  return seen;
}

/**
 * What is seen in each picture: its objects row by row from the top left, and its background.
 *
 * @param objects [n, 91, 16, 16]: for each cell of 4x4 pixels a logit that a centre is in it, logits of 80 names and 7
 *   tints (the last is none), size in units, and the centre's distance from the cell's middle, x and y, in cells.
 * @param color [n, 10], logits.
 */
export function judgeOutput(objects: FloatTensor, color: FloatTensor): Seen[] {
  const each = CELL_CHANNELS * CELLS;
  return Array.from({ length: objects.shape[0] }, (_, n) => ({
    objects: objectsIn(objects.data.subarray(n * each, (n + 1) * each)),
    color: COLORS[argmax(color.data, n * COLORS.length, COLORS.length, 1)],
  }));
}
