/**
 * Intervals of means, and of differences between means that were measured on the same prompts.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";
import { Mt19937 } from "../../ops/noise/mt19937.ts";
import { allSuccessesBound } from "./exact_bound.ts";
import { quantile } from "./quantile.ts";

/** A mean and the interval in which the mean over all prompts of the kind lies. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Options of {@linkcode pairedBootstrap}. */
export interface BootstrapOptions {
  /**
   * How many resamples.
   *
   * @default {2000}
   */
  readonly resamples?: number;
  /**
   * The share of intervals that hold what they estimate, 0 to 1, both excluded.
   *
   * @default {0.95}
   */
  readonly level?: number;
  /**
   * 32 bits, unsigned: the same seed gives the same intervals.
   *
   * @default {0}
   */
  readonly seed?: number;
}
export const DEFAULT_RESAMPLES = 2000;
export const DEFAULT_LEVEL = 0.95;
export const DEFAULT_SEED = 0;

/** What {@linkcode pairedBootstrap} gives. */
export interface PairedEstimates {
  /** The mean of each setting. */
  readonly means: readonly Estimate[];
  /** The mean of each setting less that of the first; the first's is 0 to 0. */
  readonly differences: readonly Estimate[];
}

const RANDOM_RANGE = 2 ** 32;

function check(what: string, rule: string, holds: boolean, got: unknown): void {
  if (!holds) throw new DomainError({ doing: "estimate by bootstrap", what, rule, got });
}

/**
 * Percentile bootstrap over prompts. Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
 *
 * Each resample draws as many prompts as there are, with replacement, and takes the same ones for every setting: as
 * prompts differ more than settings do, differences are known much better than the means themselves.
 *
 * A sample without variation has resamples without variation, and an interval of width zero would claim a certainty
 * that is not there. Where the values are shares (every value 0 or 1) and all are equal, the interval reaches instead
 * to Clopper and Pearson's exact bound (200 of 200: 0.982 to 1). Where two settings agree on every prompt, the share
 * of prompts on which they differ is bounded in the same way, and the difference lies within plus and minus that
 * bound. Other values that are all equal, such as decibels, keep the interval of width zero.
 *
 * @param values [settings, prompts]: value j of each setting is that of prompt j.
 * @throws {DomainError} if there are no values, their numbers differ, one is not finite, or an option is out of range.
 */
export function pairedBootstrap(
  values: readonly ArrayLike<number>[],
  options: BootstrapOptions = {},
): PairedEstimates {
  const { resamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL, seed = DEFAULT_SEED } = options;
  check("resamples", "a whole number from 1", Number.isInteger(resamples) && resamples >= 1, resamples);
  check("level", "a number between 0 and 1", level > 0 && level < 1, level);
  check("seed", "a whole number from 0 to 2^32 - 1", Number.isInteger(seed) && seed >>> 0 === seed, seed);
  check("settings", "one or more", values.length > 0, values.length);
  const n = values[0].length;
  check("prompts", "one or more, as many for each setting", n > 0 && values.every((v) => v.length === n), [
    ...values.map(({ length }) => length),
  ]);
  const columns = values.map((each) => Float64Array.from(each));
  columns.forEach((column) =>
    check("values", "finite", column.every(Number.isFinite), column.find((x) => !Number.isFinite(x)))
  );
  const sampled = resampledMeans(columns, resamples, new Mt19937(seed));
  const shares = columns.every((column) => column.every((x) => x === 0 || x === 1));
  const interval = (mean: number, of: Float64Array): Estimate => {
    const sorted = of.toSorted();
    return { mean, low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
  };
  const bound = allSuccessesBound(n, level);
  const [first] = columns, firstMean = meanOf(first);
  const differences = columns.map((column, i): Estimate => {
    if (i === 0) return { mean: 0, low: 0, high: 0 };
    const constant = column.every((x, j) => x - first[j] === column[0] - first[0]);
    if (shares && constant) return constantDifference(column[0] - first[0], bound);
    return interval(meanOf(column) - firstMean, sampled[i].map((x, r) => x - sampled[0][r]));
  });
  const means = columns.map((column, i): Estimate => {
    const mean = meanOf(column);
    if (shares && mean === 1) return { mean, low: bound, high: 1 };
    if (shares && mean === 0) return { mean, low: 0, high: 1 - bound };
    return interval(mean, sampled[i]);
  });
  return { means, differences };
}

/** The difference d of two shares that is the same, −1, 0 or 1, at every prompt. */
function constantDifference(d: number, bound: number): Estimate {
  // at the bound, one in `bound` differs as seen and the others may differ the other way round
  if (d !== 0) {
    return d > 0 ? { mean: 1, low: 2 * bound - 1, high: 1 } : { mean: -1, low: -1, high: 1 - 2 * bound };
  }
  return { mean: 0, low: bound - 1, high: 1 - bound };
}

function meanOf(column: Float64Array): number {
  return column.reduce((sum, x) => sum + x, 0) / column.length;
}

/** [settings, resamples] */
function resampledMeans(
  columns: readonly Float64Array[],
  resamples: number,
  random: Mt19937,
): Float64Array[] {
  const n = columns[0].length;
  const means = columns.map(() => new Float64Array(resamples));
  const drawn = new Uint32Array(n);
  for (let r = 0; r < resamples; r++) {
    for (let j = 0; j < n; j++) drawn[j] = Math.floor((random.next() / RANDOM_RANGE) * n);
    for (const [i, column] of columns.entries()) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += column[drawn[j]];
      means[i][r] = sum / n;
    }
  }
  return means;
}
