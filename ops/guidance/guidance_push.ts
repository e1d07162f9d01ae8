/** minuend − subtrahend, float32. */
export function difference(minuend: Float32Array, subtrahend: Float32Array): Float32Array {
  return minuend.map((value, j) => value - subtrahend[j]);
}

/** base + weight·direction, float32. */
export function pushed(base: Float32Array, direction: Float32Array, weight: number): Float32Array {
  const w = Math.fround(weight);
  return base.map((value, j) => value + Math.fround(w * direction[j]));
}
