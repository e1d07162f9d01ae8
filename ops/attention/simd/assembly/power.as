// Exponentials, logarithms and powers of float32. `c` is the scratch memory, where the constants are.

import {
  CUBE_ROUND,
  E1,
  E2,
  E3,
  E4,
  E5,
  HIGHEST,
  L0,
  L1,
  L2,
  LEAST,
  LN2_HIGH,
  LN2_LOW,
  LOG2_E,
  LOWEST,
  MINUS_THIRD,
  ONE,
  ROOT_HALF,
  ROUND,
  T0,
  T1,
  T2,
  T3,
  T4,
  T5,
  THIRD,
  TWO_NINTHS,
} from "./constants";

/**
 * Writes exp((z − top) · warmth) of `bytes`, a multiple of 32, and gives what the lanes add up to.
 *
 * The relative error is below 2·10⁻⁷; scores may be −Infinity. Two vectors at a time, so that a constant serves two.
 */
@inline
export function writeExponentialsOf(from: usize, to: usize, bytes: usize, top: v128, warmth: v128, c: usize): v128 {
  let total = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 32) {
    const x = f32x4.mul(f32x4.sub(v128.load(from + at), top), warmth);
    const y = f32x4.mul(f32x4.sub(v128.load(from + at, 16), top), warmth);
    let k = v128.load(c, LOG2_E);
    let n = f32x4.mul(x, k), m = f32x4.mul(y, k);
    k = v128.load(c, ROUND);
    n = f32x4.add(n, k), m = f32x4.add(m, k);
    const nBits = i32x4.shl(n, 23), mBits = i32x4.shl(m, 23);
    n = f32x4.sub(n, k), m = f32x4.sub(m, k);
    k = v128.load(c, LN2_HIGH);
    let r = f32x4.sub(x, f32x4.mul(n, k)), s = f32x4.sub(y, f32x4.mul(m, k));
    k = v128.load(c, LN2_LOW);
    r = f32x4.sub(r, f32x4.mul(n, k)), s = f32x4.sub(s, f32x4.mul(m, k));
    k = v128.load(c, E5);
    let p = f32x4.mul(r, k), q = f32x4.mul(s, k);
    k = v128.load(c, E4);
    p = f32x4.mul(f32x4.add(p, k), r), q = f32x4.mul(f32x4.add(q, k), s);
    k = v128.load(c, E3);
    p = f32x4.mul(f32x4.add(p, k), r), q = f32x4.mul(f32x4.add(q, k), s);
    k = v128.load(c, E2);
    p = f32x4.mul(f32x4.add(p, k), r), q = f32x4.mul(f32x4.add(q, k), s);
    k = v128.load(c, E1);
    p = f32x4.mul(f32x4.add(p, k), r), q = f32x4.mul(f32x4.add(q, k), s);
    k = v128.load(c, ONE);
    p = i32x4.add(f32x4.add(p, k), nBits), q = i32x4.add(f32x4.add(q, k), mBits);
    k = v128.load(c, LEAST);
    p = v128.and(p, f32x4.gt(x, k)), q = v128.and(q, f32x4.gt(y, k));
    v128.store(to + at, p);
    v128.store(to + at, q, 16);
    total = f32x4.add(total, f32x4.add(p, q));
  }
  return total;
}

/** log₂ x for x > 0 that are not denormal, absolute error below 10⁻⁷ and a rounding; what it is of others is a number. */
@inline
export function logarithm2(x: v128, c: usize): v128 {
  // the mantissa is taken from √½ to √2
  const exponent = i32x4.shr_s(i32x4.sub(x, v128.load(c, ROOT_HALF)), 23);
  const mantissa = i32x4.sub(x, i32x4.shl(exponent, 23)), one = v128.load(c, ONE);
  const s = f32x4.div(f32x4.sub(mantissa, one), f32x4.add(mantissa, one));
  const square = f32x4.mul(s, s);
  let p = f32x4.add(f32x4.mul(square, v128.load(c, L2)), v128.load(c, L1));
  p = f32x4.add(f32x4.mul(p, square), v128.load(c, L0));
  return f32x4.add(f32x4.mul(s, p), f32x4.convert_i32x4_s(exponent));
}

/** 2ᵗ; t is brought between −125 and 126. */
@inline
function exponential2(t: v128, c: usize): v128 {
  t = f32x4.pmin(f32x4.pmax(t, v128.load(c, LOWEST)), v128.load(c, HIGHEST));
  const round = v128.load(c, ROUND), rounded = f32x4.add(t, round);
  const r = f32x4.sub(t, f32x4.sub(rounded, round));
  const square = f32x4.mul(r, r);
  const high = f32x4.add(f32x4.mul(r, v128.load(c, T5)), v128.load(c, T4));
  const middle = f32x4.add(f32x4.mul(r, v128.load(c, T3)), v128.load(c, T2));
  const low = f32x4.add(f32x4.mul(r, v128.load(c, T1)), v128.load(c, T0));
  const p = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(high, square), middle), square), low);
  return i32x4.add(p, i32x4.shl(rounded, 23));
}

/** xʳ for x > 0. */
@inline
export function powerOf(x: v128, r: v128, c: usize): v128 {
  return exponential2(f32x4.mul(logarithm2(x, c), r), c);
}

/**
 * x^(−1/3) for x > 0 that are not denormal. The bits of a float32, as a whole number, are nearly its logarithm: a third
 * of them, taken from a constant, is within 4 % of the root; a step of the third order and one of the second make it exact
 * but for roundings.
 */
@inline
export function inverseCubeRoot(x: v128, c: usize): v128 {
  const bits = f32x4.mul(f32x4.convert_i32x4_s(x), v128.load(c, MINUS_THIRD));
  let y = i32x4.shl(f32x4.add(bits, v128.load(c, CUBE_ROUND)), 8);
  const third = v128.load(c, THIRD), two9 = v128.load(c, TWO_NINTHS), one = v128.load(c, ONE);
  let off = f32x4.sub(one, f32x4.mul(f32x4.mul(y, x), f32x4.mul(y, y)));
  y = f32x4.add(y, f32x4.mul(f32x4.mul(y, off), f32x4.add(third, f32x4.mul(two9, off))));
  off = f32x4.sub(one, f32x4.mul(f32x4.mul(y, x), f32x4.mul(y, y)));
  return f32x4.add(y, f32x4.mul(f32x4.mul(y, off), third));
}
