/**
 * Arithmetic on four queries at once, a query a lane. exp and log: S. L. Moshier's polynomials of single precision
 * (Cephes), with errors of about an ulp.
 */

// @ts-ignore: decorator
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

// @ts-ignore: decorator
export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

// @ts-ignore: decorator
export function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

// @ts-ignore: decorator
export function div(a: v128, b: v128): v128 {
  return f32x4.div(a, b);
}

// pmax(a, b) is a < b ? b : a: one instruction on x64, where f32x4.max takes care of NaN and signed zeros
// @ts-ignore: decorator
export function larger(a: v128, b: v128): v128 {
  return f32x4.pmax(a, b);
}

// @ts-ignore: decorator
export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** a where the mask is set, else b. */
// @ts-ignore: decorator
export function choose(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask);
}

/** Constants of `exp` and `log`, four of each. V8 writes a constant anew wherever it is used; a load costs nothing. */
const TABLE: usize = memory.data<f32>([
  -87,
  -87,
  -87,
  -87, // below it e^x counts for nothing, and its exponent would leave float32's
  12582912,
  12582912,
  12582912,
  12582912, // 1.5 · 2^23: added to a number, it rounds it, in the sum's last bits
  1.44269504,
  1.44269504,
  1.44269504,
  1.44269504, // 1 / ln 2
  0.693359375,
  0.693359375,
  0.693359375,
  0.693359375, // ln 2, of few bits, and the rest of it
  -2.12194440e-4,
  -2.12194440e-4,
  -2.12194440e-4,
  -2.12194440e-4,
  1.9875691500e-4,
  1.9875691500e-4,
  1.9875691500e-4,
  1.9875691500e-4,
  1.3981999507e-3,
  1.3981999507e-3,
  1.3981999507e-3,
  1.3981999507e-3,
  8.3334519073e-3,
  8.3334519073e-3,
  8.3334519073e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  4.1665795894e-2,
  4.1665795894e-2,
  4.1665795894e-2,
  1.6666665459e-1,
  1.6666665459e-1,
  1.6666665459e-1,
  1.6666665459e-1,
  5.0000001201e-1,
  5.0000001201e-1,
  5.0000001201e-1,
  5.0000001201e-1,
  1,
  1,
  1,
  1,
  0.70710677,
  0.70710677,
  0.70710677,
  0.70710677, // √½, 0x3f3504f3
  7.0376836292e-2,
  7.0376836292e-2,
  7.0376836292e-2,
  7.0376836292e-2,
  -1.1514610310e-1,
  -1.1514610310e-1,
  -1.1514610310e-1,
  -1.1514610310e-1,
  1.1676998740e-1,
  1.1676998740e-1,
  1.1676998740e-1,
  1.1676998740e-1,
  -1.2420140846e-1,
  -1.2420140846e-1,
  -1.2420140846e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  1.4249322787e-1,
  1.4249322787e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  -1.6668057665e-1,
  -1.6668057665e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  2.0000714765e-1,
  2.0000714765e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  -2.4999993993e-1,
  -2.4999993993e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
  3.3333331174e-1,
  3.3333331174e-1,
  3.3333331174e-1,
  1e-30,
  1e-30,
  1e-30,
  1e-30, // far below any u that counts
  87,
  87,
  87,
  87,
]);
/** The bits of a fraction. */
const FRACTION: usize = memory.data<i32>([0x007fffff, 0x007fffff, 0x007fffff, 0x007fffff]);

// @ts-ignore: decorator
function constant(i: i32): v128 {
  return v128.load(TABLE + ((<usize> i) << 4));
}

/** e^x for x ≤ 87; 0 below -87. */
// @ts-ignore: decorator

export function exp(x: v128): v128 {
  const least = constant(0), rounder = constant(1);
  const c = larger(x, least);
  const shifted = madd(c, constant(2), rounder);
  const n = sub(shifted, rounder);
  const r = sub(sub(c, mul(n, constant(3))), mul(n, constant(4)));
  let p = madd(constant(5), r, constant(6));
  p = madd(p, r, constant(7));
  p = madd(p, r, constant(8));
  p = madd(p, r, constant(9));
  p = madd(p, r, constant(10));
  p = add(madd(p, mul(r, r), r), constant(11));
  // the rounder's own bits leave the sum at the top
  return v128.and(i32x4.add(p, i32x4.shl(shifted, 23)), f32x4.gt(x, least));
}

/** ln x for normal x > 0. */
// @ts-ignore: decorator

export function log(x: v128): v128 {
  const root = constant(12);
  const i = i32x4.sub(x, root);
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(i, 23));
  const f = sub(i32x4.add(v128.and(i, v128.load(FRACTION)), root), constant(11));
  const ff = mul(f, f);
  let p = madd(constant(13), f, constant(14));
  p = madd(p, f, constant(15));
  p = madd(p, f, constant(16));
  p = madd(p, f, constant(17));
  p = madd(p, f, constant(18));
  p = madd(p, f, constant(19));
  p = madd(p, f, constant(20));
  p = madd(p, f, constant(21));
  p = mul(mul(p, f), ff);
  p = madd(n, constant(4), p);
  p = sub(p, mul(ff, constant(10)));
  return madd(n, constant(3), add(f, p));
}

/** x^e for x ≥ 0; 0 where x is, whatever e. */
// @ts-ignore: decorator

export function power(x: v128, e: v128): v128 {
  const p = exp(f32x4.pmin(mul(log(larger(x, constant(22))), e), constant(23)));
  return v128.and(p, f32x4.gt(x, splat(0)));
}

/** P(s), of degree 7. */
// @ts-ignore: decorator

export function polynomial7(s: v128, at: usize): v128 {
  let p = madd(v128.load32_splat(at, 28), s, v128.load32_splat(at, 24));
  p = madd(p, s, v128.load32_splat(at, 20));
  p = madd(p, s, v128.load32_splat(at, 16));
  p = madd(p, s, v128.load32_splat(at, 12));
  p = madd(p, s, v128.load32_splat(at, 8));
  p = madd(p, s, v128.load32_splat(at, 4));
  return madd(p, s, v128.load32_splat(at));
}

/** P(s), of degree 8. */
// @ts-ignore: decorator

export function polynomial8(s: v128, at: usize): v128 {
  return madd(polynomial7(s, at + 4), s, v128.load32_splat(at));
}
