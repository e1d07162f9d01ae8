// Σu^q, Σu^(q − 1) and Σu^(q − 2) of four rows, a lane for each, with u = [z' − τ]₊.

import { ONE } from "./constants";
import { Job } from "./job";
import { inverseCubeRoot, powerOf } from "./power";

/** How u^q is taken; simd_job.ts has the same numbers. 0 is by a logarithm. */
export const LINEAR: i32 = 1;
export const SQUARE: i32 = 2;
export const FOURTH: i32 = 3;
export const ROOT: i32 = 4;
/** q = 4/3 and 2/3: α = 1.75 and 2.5. */
export const FOUR_THIRDS: i32 = 5;
export const TWO_THIRDS: i32 = 6;
/** q = 3, or a whole number from 5 to 20. */
export const WHOLE: i32 = 7;

/** Σu^q. */
export let powerSum: v128 = f32x4.splat(0);
/** Σu^(q − 1). */
export let firstSum: v128 = f32x4.splat(0);
/** Σu^(q − 2). */
export let secondSum: v128 = f32x4.splat(0);

/** u^(q − 1), or whether u > 0 for q = 1; of u > 0, other lanes are anything. `root` is √u or u^(−1/3). */
@inline
function firstOf(power: i32, u: v128, root: v128, second: v128, c: usize): v128 {
  if (power == LINEAR) return f32x4.gt(u, f32x4.splat(0));
  if (power == SQUARE) return u;
  if (power == ROOT) return v128.and(f32x4.div(v128.load(c, ONE), root), f32x4.gt(u, f32x4.splat(0)));
  if (power == TWO_THIRDS) return root;
  return f32x4.mul(second, u);
}

/** √u for q = 1/2, u^(−1/3) for thirds, 0 for u = 0. */
@inline
function rootOf(power: i32, u: v128, c: usize): v128 {
  if (power == ROOT) return f32x4.sqrt(u);
  if (power == FOUR_THIRDS || power == TWO_THIRDS) return v128.and(inverseCubeRoot(u, c), f32x4.gt(u, f32x4.splat(0)));
  return u;
}

/** uⁿ for n from 1 on, by squares. */
@inline
function wholePower(u: v128, n: i32): v128 {
  let square = u;
  for (; (n & 1) == 0; n >>= 1) square = f32x4.mul(square, square);
  let power = square;
  for (n >>= 1; n != 0; n >>= 1) {
    square = f32x4.mul(square, square);
    if (n & 1) power = f32x4.mul(power, square);
  }
  return power;
}

/** u^(q − 2), or whether u > 0 for q = 2; for u = 0 it is 0. */
@inline
function secondOf(power: i32, u: v128, root: v128, lower: v128, n: i32, c: usize): v128 {
  if (power == SQUARE) return f32x4.gt(u, f32x4.splat(0));
  if (power == WHOLE) return wholePower(u, n);
  if (power == FOURTH || power == FOUR_THIRDS) return f32x4.mul(root, root);
  if (power == TWO_THIRDS) {
    const square = f32x4.mul(root, root);
    return f32x4.mul(square, square);
  }
  return v128.and(powerOf(u, lower, c), f32x4.gt(u, f32x4.splat(0)));
}

@inline
function powerOfFirst(power: i32, u: v128, first: v128): v128 {
  return power == LINEAR ? u : f32x4.mul(first, u);
}

/** Sums of whole numbers where the terms are 0 and 1, as masks are −1. */
@inline
function plus(counts: bool, sum: v128, term: v128): v128 {
  return counts ? i32x4.sub(sum, term) : f32x4.add(sum, term);
}

/** `power` is a constant, and `lower` q − 2. Two vectors at a time. */
@inline
function sum(power: i32, lower: v128, near: usize, length: i32, powers: usize, tau: v128, c: usize): void {
  const zero = f32x4.splat(0), n = <i32>f32x4.extract_lane(lower, 0);
  let f = zero, g = zero, e = zero, f2 = zero, g2 = zero, e2 = zero;
  for (const end = near + (<usize>length << 4); near < end; near += 32, powers += 32) {
    const u = f32x4.pmax(zero, f32x4.sub(v128.load(near), tau));
    const v = f32x4.pmax(zero, f32x4.sub(v128.load(near, 16), tau));
    const uRoot = rootOf(power, u, c), vRoot = rootOf(power, v, c);
    let uSecond = zero, vSecond = zero;
    if (power != LINEAR && power != ROOT) {
      uSecond = secondOf(power, u, uRoot, lower, n, c);
      vSecond = secondOf(power, v, vRoot, lower, n, c);
    }
    const uFirst = firstOf(power, u, uRoot, uSecond, c), vFirst = firstOf(power, v, vRoot, vSecond, c);
    if (power == ROOT) {
      uSecond = f32x4.mul(f32x4.mul(uFirst, uFirst), uFirst);
      vSecond = f32x4.mul(f32x4.mul(vFirst, vFirst), vFirst);
    }
    const p = power == ROOT ? uRoot : powerOfFirst(power, u, uFirst);
    const q = power == ROOT ? vRoot : powerOfFirst(power, v, vFirst);
    v128.store(powers, p);
    v128.store(powers, q, 16);
    f = f32x4.add(f, p);
    f2 = f32x4.add(f2, q);
    g = plus(power == LINEAR, g, uFirst);
    g2 = plus(power == LINEAR, g2, vFirst);
    if (power != LINEAR) {
      e = plus(power == SQUARE, e, uSecond);
      e2 = plus(power == SQUARE, e2, vSecond);
    }
  }
  powerSum = f32x4.add(f, f2);
  firstSum = power == LINEAR ? f32x4.convert_i32x4_s(i32x4.add(g, g2)) : f32x4.add(g, g2);
  secondSum = power == SQUARE ? f32x4.convert_i32x4_s(i32x4.add(e, e2)) : f32x4.add(e, e2);
}

/** The sums over `length` vectors of z' at `near`; leaves u^q in the place of each at `powers`. */
export function writeSums(job: Job, near: usize, length: i32, powers: usize, tau: v128, c: usize): void {
  const power = job.power, lower = f32x4.splat(job.q - 2);
  if (power == LINEAR) sum(LINEAR, lower, near, length, powers, tau, c);
  else if (power == SQUARE) sum(SQUARE, lower, near, length, powers, tau, c);
  else if (power == FOURTH) sum(FOURTH, lower, near, length, powers, tau, c);
  else if (power == ROOT) sum(ROOT, lower, near, length, powers, tau, c);
  else if (power == FOUR_THIRDS) sum(FOUR_THIRDS, lower, near, length, powers, tau, c);
  else if (power == TWO_THIRDS) sum(TWO_THIRDS, lower, near, length, powers, tau, c);
  else if (power == WHOLE) sum(WHOLE, lower, near, length, powers, tau, c);
  else sum(0, lower, near, length, powers, tau, c);
}
