/** Evenly spaced numbers, rounding and interpolation as NumPy computes them, in float64. */

/** `count` numbers from `start` to `stop`, both included; `[start]` for a count of 1. numpy.linspace. */
export function linspace(start: number, stop: number, count: number): Float64Array {
  const numbers = new Float64Array(count);
  const step = (stop - start) / (count - 1);
  for (let i = 0; i < count; i++) numbers[i] = i * step + start;
  if (count > 1) numbers[count - 1] = stop;
  else if (count === 1) numbers[0] = start;
  return numbers;
}

/** The nearest integer, halves to the even one. numpy.rint; `Math.round` takes halves up. */
export function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** `table` at a position between its indices, linear, held constant beyond both ends. numpy.interp over 0, 1, 2, … */
export function interpolate(table: ArrayLike<number>, position: number): number {
  if (position <= 0) return table[0];
  if (position >= table.length - 1) return table[table.length - 1];
  const low = Math.floor(position);
  return (table[low + 1] - table[low]) * (position - low) + table[low];
}
