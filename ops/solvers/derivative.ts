const f32 = Math.fround;

/** dx/dσ = (x − x₀) / σ: the slope of the probability flow, variance exploding (EDM, equation (3)) and in flow matching. */
export function derivativeOf(x: Float32Array, x0: Float32Array, sigma: number): Float32Array {
  const d = new Float32Array(x.length);
  for (let j = 0; j < d.length; j++) d[j] = f32(x[j] - x0[j]) / sigma;
  return d;
}

/** x + d·dt. */
export function along(x: Float32Array, d: Float32Array, dt: number): Float32Array {
  const moved = new Float32Array(x.length);
  for (let j = 0; j < moved.length; j++) moved[j] = x[j] + f32(d[j] * dt);
  return moved;
}

/** x + σ·z, in place: noise added to a sample that the caller has just made. */
export function addScaled(x: Float32Array, sigma: number, z: Float32Array): Float32Array {
  for (let j = 0; j < x.length; j++) x[j] += f32(sigma * z[j]);
  return x;
}
