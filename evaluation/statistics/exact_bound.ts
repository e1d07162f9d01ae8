/**
 * What a sample without any variation says of a share.
 *
 * @module
 */

/**
 * The least share of successes that is compatible with nothing but successes: the lower bound of Clopper and Pearson's
 * two-sided interval, "The Use of Confidence or Fiducial Limits", 1934, which in this case is ((1 − level) / 2)^(1/n).
 * (With 95 % and large n it is 1 − 3.7 / n; the "rule of three" is its one-sided sibling.)
 *
 * @param n How many were tried, from 1.
 * @param level 0 to 1, both excluded.
 */
export function allSuccessesBound(n: number, level: number): number {
  return Math.pow((1 - level) / 2, 1 / n);
}
