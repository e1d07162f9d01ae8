// entmax's threshold τ of four rows: Σ[z' − τ]₊^q = 1.
//
// With F, G and E the sums of u^q, u^(q − 1) and u^(q − 2), and h = F^(1/q), Newton's step on h = 1 is
// d = (1 − 1/h) F / G; Chebyshev's, the next of its kind, is d (1 + ½ (q − 1) (1 − 1/h) (E F / G² − 1)). On F = 1 they
// are d = (F − 1) / (q G) and d (1 + ½ (q − 1) (F − 1) E / (q G²)): these need no root.
//
// A step must stay within the bracket [low, high] around the root. Should the quick steps not do, then for α up to 2
// Newton's steps on h rise from `low` to the root within a proven number; for α above 2 the bracket is halved.

import { Job } from "./job";
import { logarithm2, powerOf } from "./power";
import { FLOORS, nearAt, PART_TOTALS, powersAt } from "./scratch";
import { firstSum, FOURTH, LINEAR, powerSum, secondSum, SQUARE, writeSums } from "./sums";

/** The certificate: |τ* − τ| ≤ |h − 1|. */
const TOLERANCE: f32 = 1e-6;

/** A float32's last bit, below which there is nothing between the ends of a bracket. */
const LAST_BIT: f32 = 6e-8;

const LN2: f32 = 0.6931472;

/** Evaluations with Chebyshev's steps; four or five do almost always. */
const QUICK: i32 = 12;

/** From this exponent on h is nearly straight, and F is not. */
const NORM_FROM: f32 = 1.9;

@inline
function rootOf(power: i32, slope: v128, f: v128, scratch: usize): v128 {
  if (power == LINEAR) return f;
  if (power == SQUARE) return f32x4.sqrt(f);
  if (power == FOURTH) return f32x4.sqrt(f32x4.sqrt(f));
  return powerOf(f, slope, scratch);
}

@inline
function within(t: v128, low: v128, high: v128): v128 {
  return v128.and(f32x4.gt(t, low), f32x4.lt(t, high));
}

/**
 * A guess, the higher of two, and not below the floor. For α near 1, τ = −Σexp(z − top)^(1 − α); the power of simd_job.ts does for others too. Where
 * all K scores are alike, τ is their mean less K^(1 − α), and the mean is near (α − 1) ln(Σexp(z − top) / K).
 */
@inline
function startOf(job: Job, scratch: usize): v128 {
  const least = v128.load(scratch, FLOORS), total = v128.load(scratch, PART_TOTALS);
  if (job.q < 1) return least;
  const share = f32x4.mul(total, f32x4.splat(1 / <f32>(job.partTo - job.partFrom)));
  const mean = f32x4.mul(logarithm2(share, scratch), f32x4.splat(job.slope * LN2));
  const flat = f32x4.pmax(least, f32x4.sub(mean, f32x4.splat(job.depth)));
  if (job.start == 0) return flat;
  return f32x4.pmax(f32x4.neg(powerOf(total, f32x4.splat(job.start), scratch)), flat);
}

/** Finds τ for `length` vectors of scores near the top, leaves u^q of them in the array of powers, and gives Σu^q. */
export function findThresholds(job: Job, length: i32, scratch: usize): v128 {
  const power = job.power, near = nearAt(scratch, job.keys), powers = powersAt(scratch, job.keys);
  const one = f32x4.splat(1), half = f32x4.splat(0.5), tolerance = f32x4.splat(TOLERANCE);
  const q = f32x4.splat(job.q), slope = f32x4.splat(job.slope), bend = f32x4.splat(0.5 * (job.q - 1));
  const convex = job.q >= 1, norm = job.q >= NORM_FROM, most = QUICK + job.evaluations;
  let low = v128.load(scratch, FLOORS), high = f32x4.splat(0), tau = startOf(job, scratch);
  let i = 0;
  while (true) {
    writeSums(job, near, length, powers, tau, scratch);
    const f = powerSum, g = firstSum;
    // 1 − 1/h, or (F − 1) / q, which bounds h − 1 for q from 1 on and is close to it for others
    let over: v128, newton: v128, bent: v128;
    if (norm || (convex && i >= QUICK)) {
      over = f32x4.sub(one, f32x4.div(one, rootOf(power, slope, f, scratch)));
      const ratio = f32x4.div(f, g);
      newton = f32x4.mul(over, ratio);
      bent = f32x4.sub(f32x4.mul(f32x4.div(secondSum, g), ratio), one);
    } else {
      const inverse = f32x4.div(one, f32x4.mul(q, g));
      over = f32x4.mul(f32x4.sub(f, one), slope);
      newton = f32x4.mul(f32x4.sub(f, one), inverse);
      bent = f32x4.div(secondSum, f32x4.mul(g, g));
    }
    const left = f32x4.ge(over, f32x4.splat(0));
    low = v128.bitselect(tau, low, left);
    high = v128.bitselect(high, tau, left);
    let done = f32x4.le(f32x4.abs(over), tolerance);
    done = v128.or(done, f32x4.le(f32x4.sub(high, low), f32x4.splat(LAST_BIT)));
    if (convex) done = v128.or(done, f32x4.le(f32x4.abs(newton), f32x4.splat(0.5 * LAST_BIT)));
    if (i32x4.all_true(done) || i >= most) return f;
    const middle = f32x4.mul(half, f32x4.add(low, high));
    let next: v128;
    if (i < QUICK) {
      const plain = f32x4.add(tau, newton);
      next = v128.bitselect(plain, middle, within(plain, low, high));
      const curved = f32x4.mul(newton, f32x4.add(one, f32x4.mul(f32x4.mul(bend, over), bent)));
      const quick = f32x4.add(tau, curved);
      next = v128.bitselect(quick, next, within(quick, low, high));
    } else if (convex) next = v128.bitselect(f32x4.add(tau, newton), low, left);
    else next = middle;
    tau = v128.bitselect(tau, next, done);
    i++;
  }
}
