/**
 * Noise between that of two seeds, on the great circle: sin((1 − t)·ω) / sin ω · a + sin(t·ω) / sin ω · b with ω the
 * angle between them. Shoemake, "Animating Rotation with Quaternion Curves", 1985. Unlike a straight mix it has the
 * spread of noise.
 *
 * As AUTOMATIC1111's web UI takes variation seeds, each column of each channel is a vector of its own, and vectors of
 * nearly one direction, on average, are mixed straight (there with the weights the wrong way round).
 *
 * @param noise a: float32, [C, H, W] flattened.
 * @param variation b: same shape.
 * @param strength t: 0 is a, 1 is b.
 */
export function variationNoise(
  noise: Float32Array,
  variation: Float32Array,
  strength: number,
  [, height, width]: readonly [channels: number, height: number, width: number],
): Float32Array<ArrayBuffer> {
  const columns = columnsOf(noise.length, height, width);
  const cosines = columns.map((column) => cosine(noise, variation, column));
  const straight = cosines.reduce((sum, each) => sum + each, 0) / columns.length > NEARLY_ONE_DIRECTION;
  const mixed = new Float32Array(noise.length);
  for (const [k, column] of columns.entries()) {
    const omega = Math.acos(Math.min(1, Math.max(-1, cosines[k])));
    const weights = straight || Math.sin(omega) < LEAST_SINE
      ? [1 - strength, strength]
      : [Math.sin((1 - strength) * omega) / Math.sin(omega), Math.sin(strength * omega) / Math.sin(omega)];
    for (const j of column) mixed[j] = weights[0] * noise[j] + weights[1] * variation[j];
  }
  return mixed;
}

/** Above this mean cosine the web UI mixes straight. */
const NEARLY_ONE_DIRECTION = 0.9995;
/** Below this sine two vectors have one direction, or opposite ones, and no circle through them is the great one. */
const LEAST_SINE = 1e-6;

/** The indices of each column's values. */
function columnsOf(length: number, height: number, width: number): number[][] {
  return Array.from({ length: length / height }, (_, k) => {
    const first = Math.floor(k / width) * height * width + k % width;
    return Array.from({ length: height }, (_, y) => first + y * width);
  });
}

function cosine(a: Float32Array, b: Float32Array, column: readonly number[]): number {
  let ab = 0, aa = 0, bb = 0;
  for (const j of column) {
    ab += a[j] * b[j];
    aa += a[j] ** 2;
    bb += b[j] ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
