/**
 * Quantiles of a sample.
 *
 * @module
 */

/**
 * The quantile `q` of a sorted sample, between two values on the straight line that joins them: NumPy's default,
 * type 7 of Hyndman & Fan, "Sample Quantiles in Statistical Packages", 1996.
 *
 * @param sorted In rising order, not empty.
 * @param q 0 to 1.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below], high = sorted[Math.min(below + 1, sorted.length - 1)];
  return low + (high - low) * (at - below);
}
