const f32 = Math.fround;

/** A float32 weight and the array that it goes with. */
export type Term = readonly [weight: number, values: Float32Array];

/** Σ weight · values, term by term in float32. A new array. */
export function weightedSum(first: Term, ...others: readonly Term[]): Float32Array {
  const sum = first[1].map((value) => first[0] * value);
  for (const [weight, values] of others) {
    for (let j = 0; j < sum.length; j++) sum[j] += f32(weight * values[j]);
  }
  return sum;
}

/** scale · (a − b) in float32. A new array. */
export function scaledDifference(scale: number, a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, j) => scale * f32(value - b[j]));
}

/** (a − b) / divisor in float32. A new array. */
export function dividedDifference(a: Float32Array, b: Float32Array, divisor: number): Float32Array {
  return a.map((value, j) => f32(value - b[j]) / divisor);
}
