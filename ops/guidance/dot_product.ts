/** Σ a[j]·b[j] for from ≤ j < to, in float64. */
export function dotProduct(a: Float32Array, b: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let j = from; j < to; j++) sum += a[j] * b[j];
  return sum;
}
