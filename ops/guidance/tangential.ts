import { dotProduct } from "./dot_product.ts";

/**
 * The unconditional prediction without what is foreign to both: its projection on the first right singular vector of
 * the two predictions, stacked as rows, image by image. Kwon et al., "TCFG", 2025.
 *
 * That vector is p·c + q·u where (p, q) is the leading eigenvector of the 2 × 2 matrix of their inner products, which
 * is found in closed form, in float64.
 *
 * @param unconditional u: float32, [B, C, H, W] flattened.
 * @param conditional c: same shape.
 * @param batch B.
 */
export function tangential(
  unconditional: Float32Array,
  conditional: Float32Array,
  batch: number,
): Float32Array {
  const size = unconditional.length / batch;
  const damped = new Float32Array(unconditional.length);
  for (let from = 0; from < damped.length; from += size) {
    const to = from + size;
    const cc = dotProduct(conditional, conditional, from, to);
    const cu = dotProduct(conditional, unconditional, from, to);
    const uu = dotProduct(unconditional, unconditional, from, to);
    // half the angle of (cc − uu, 2·cu) is the direction in which the quadratic form is largest
    const angle = Math.atan2(2 * cu, cc - uu) / 2;
    const p = Math.cos(angle), q = Math.sin(angle);
    const squared = p * p * cc + 2 * p * q * cu + q * q * uu;
    if (squared === 0) continue;
    const along = (p * cu + q * uu) / squared;
    for (let j = from; j < to; j++) damped[j] = along * (p * conditional[j] + q * unconditional[j]);
  }
  return damped;
}
