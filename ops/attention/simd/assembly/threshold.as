/**
 * entmax's threshold for four rows at once.
 *
 * With x = (α − 1)(z − max z), q = 1/(α − 1) and u = [x − τ]₊: Σu^q = 1. For α ≤ 2 Newton's method on h = (Σu^q)^(1/q)
 * rises from τ = −1 and never passes the root; beyond, a step that leaves the bracket around it is replaced by the
 * bracket's middle. As ../../kernel/threshold_source.ts.
 */
import { Job } from "./job";
import { add, choose, div, larger, madd, mul, polynomial7, polynomial8, power, splat, sub } from "./lanes";

/** τ* − τ ≤ h − 1, and every weight is within twice that. */
const TOLERANCE: f32 = 1e-6;

/** Where h − 1 is no more than this, a cheaper exponent has done what it can. */
const ROUGHLY: f32 = 0.15;

/**
 * float32's last bit below 1. Where a key has only just come in, the slope is so steep that a step is next to nothing,
 * and the root may yet lie beyond that key: no step is smaller than this, and a bracket of two has nothing inside.
 */
const LEAST_STEP: f32 = 6e-8, CLOSED: f32 = 1.3e-7;

const STEP: usize = 16;

/** τ, and the sum of u^q there: of four rows. */
export let tau: v128 = splat(0);
export let sum: v128 = splat(0);
let slope: v128 = splat(0);

let q: f32 = 1;
/** From a key's x to where its u^q is kept, in bytes. */
let apart: usize = 0;
let factors: i32 = 0;
let coefficients: usize = 0;

// @ts-ignore: decorator
function above(at: usize, t: v128): v128 {
  return larger(sub(v128.load(at), t), splat(0));
}

/** u^(q − 1) for q > 1, by a polynomial in the fourth root of u, which is not quite 0 where u is. */
// @ts-ignore: decorator

function steepPower(u: v128): v128 {
  let p = polynomial7(f32x4.sqrt(f32x4.sqrt(u)), coefficients);
  for (let i = factors; i > 0; i--) p = mul(p, u);
  return p;
}

/** u^q for q < 1, by a polynomial in the eighth root of u; 0 where u is. */
// @ts-ignore: decorator

function flatPower(u: v128): v128 {
  const p = polynomial8(f32x4.sqrt(f32x4.sqrt(f32x4.sqrt(u))), coefficients);
  return v128.and(p, f32x4.gt(u, splat(0)));
}

/** F = Σu^e and G = Σu^(e − 1) into `sum` and `slope`; powers that take long are kept. */
function evaluate(from: usize, end: usize, t: v128, e: f32): void {
  let f = splat(0), g = splat(0);
  if (e == 1) {
    const one = splat(1);
    for (let at = from; at < end; at += STEP) {
      const u = above(at, t);
      f = add(f, u);
      g = add(g, v128.and(one, f32x4.gt(u, splat(0))));
    }
  } else if (e == 2) {
    for (let at = from; at < end; at += STEP) {
      const u = above(at, t);
      f = madd(u, u, f);
      g = add(g, u);
    }
  } else if (e == 1.5) {
    for (let at = from; at < end; at += STEP) {
      const u = above(at, t), p = f32x4.sqrt(u);
      f = madd(p, u, f);
      g = add(g, p);
    }
  } else if (e == 4) {
    for (let at = from; at < end; at += STEP) {
      const u = above(at, t), uu = mul(u, u);
      f = madd(uu, uu, f);
      g = madd(uu, u, g);
    }
  } else if (e > 1) {
    for (let at = from; at < end; at += STEP) {
      const u = above(at, t), p = v128.and(steepPower(u), f32x4.gt(u, splat(0))), w = mul(p, u);
      v128.store(at + apart, w);
      f = add(f, w);
      g = add(g, p);
    }
  } else {
    const least = splat(1e-30);
    for (let at = from; at < end; at += STEP) {
      const u = above(at, t), p = e == 0.5 ? f32x4.sqrt(u) : flatPower(u);
      v128.store(at + apart, p);
      f = add(f, p);
      g = add(g, div(p, larger(u, least)));
    }
  }
  sum = f;
  slope = g;
}

/** x^(1/e), on a value a row. */
// @ts-ignore: decorator

function root(x: v128, e: f32): v128 {
  if (e == 1) return x;
  if (e == 2) return f32x4.sqrt(x);
  if (e == 4) return f32x4.sqrt(f32x4.sqrt(x));
  if (e == 0.5) return mul(x, x);
  return power(x, splat(1 / e));
}

/** Rises until h − 1 is no more than `close` in all rows. */
function newton(from: usize, end: usize, e: f32, close: f32, most: i32): void {
  for (let i = 0;; i++) {
    evaluate(from, end, tau, e);
    const h = root(sum, e), over = sub(h, splat(1));
    if (!v128.any_true(f32x4.gt(over, splat(close))) || i >= most) return;
    tau = add(tau, div(mul(over, sum), mul(h, slope)));
  }
}

function bracketed(from: usize, end: usize, most: i32): void {
  let low = splat(-1), high = splat(0);
  for (let i = 0;; i++) {
    evaluate(from, end, tau, q);
    const h = root(sum, q), over = sub(h, splat(1)), left = f32x4.ge(over, splat(0));
    low = choose(left, tau, low);
    high = choose(left, high, tau);
    const far = f32x4.gt(f32x4.abs(over), splat(TOLERANCE)), open = f32x4.gt(sub(high, low), splat(CLOSED));
    if (!v128.any_true(v128.and(far, open)) || i >= most) return;
    const step = div(mul(over, sum), larger(mul(h, slope), splat(1e-30)));
    const length = larger(f32x4.abs(step), splat(LEAST_STEP));
    const next = add(tau, choose(left, length, f32x4.neg(length)));
    const inside = v128.and(f32x4.gt(next, low), f32x4.lt(next, high));
    tau = choose(inside, next, mul(splat(0.5), add(low, high)));
  }
}

/**
 * Solves for four rows: into `tau` and `sum`.
 *
 * @param from x of the first key, [K][4]; `end` is past the last.
 * @param powers Where powers may be kept, [K][4].
 */
export function solve(job: Job, from: usize, end: usize, powers: usize): void {
  apart = powers - from;
  q = job.q;
  factors = job.factors;
  coefficients = changetype<usize>(job) + offsetof<Job>("coefficients");
  tau = splat(-1);
  const most = job.evaluations;
  if (q < 1) return bracketed(from, end, most);
  // The next greater exponent that needs no polynomial makes smaller sums, so that its root lies left of τ*.
  if (q > 1 && q < 1.5) newton(from, end, 1.5, ROUGHLY, most);
  else if (q > 1.5 && q < 2) newton(from, end, 2, ROUGHLY, most);
  else if (q > 2 && q < 4) newton(from, end, 4, ROUGHLY, most);
  newton(from, end, q, TOLERANCE, most);
}

/** u^q for a key, once it is solved. */
// @ts-ignore: decorator
@inline
export function weigh(at: usize): v128 {
  if (q == 2 || q == 1 || q == 4) {
    const u = above(at, tau);
    if (q == 1) return u;
    const uu = mul(u, u);
    return q == 2 ? uu : mul(uu, uu);
  }
  return v128.load(at + apart);
}
