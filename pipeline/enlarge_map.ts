/**
 * Maps brought to a finer grid.
 *
 * @module
 */

/** W and H of a grid. */
export interface GridSize {
  readonly width: number;
  readonly height: number;
}

/** Between which two places of a line a new place lies, and how near it is to the second. */
interface Between {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** Both lines are as long as the picture, so that place i of n is centred at (i + 0.5) / n of it. */
function placesBetween(from: number, to: number): Between[] {
  return Array.from({ length: to }, (_, i) => {
    const x = Math.min(Math.max((i + 0.5) * from / to - 0.5, 0), from - 1);
    const low = Math.floor(x);
    return { low, high: Math.min(low + 1, from - 1), share: x - low };
  });
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/**
 * A map on another grid over the same picture: bilinear between the centres of its places, and at its edges the
 * nearest place. Its mean, which is its integral over the picture, is kept: where the sizes are whole multiples that
 * is so of itself, else the little that is missing is spread evenly. Linear in `map`.
 *
 * @param map [H, W], row by row from the top left.
 * @param from W and H of `map`.
 * @param to The new W and H.
 * @returns The new [H, W].
 */
export function enlargeMap(map: Float64Array, from: GridSize, to: GridSize): Float64Array {
  if (from.width === to.width && from.height === to.height) return map.slice();
  const across = placesBetween(from.width, to.width), down = placesBetween(from.height, to.height);
  const large = new Float64Array(to.width * to.height);
  const rowAt = (row: number, { low, high, share }: Between) =>
    map[row * from.width + low] * (1 - share) + map[row * from.width + high] * share;
  let i = 0;
  for (const { low, high, share } of down) {
    for (const place of across) large[i++] = rowAt(low, place) * (1 - share) + rowAt(high, place) * share;
  }
  const missing = mean(map) - mean(large);
  return large.map((value) => value + missing);
}
