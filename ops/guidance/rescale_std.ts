const f32 = Math.fround;

/** The standard deviation of all values but the batch axis', unbiased (n − 1), summed in float64. */
function standardDeviation(values: Float32Array): number {
  let mean = 0, squares = 0;
  for (let j = 0; j < values.length; j++) mean += values[j];
  mean /= values.length;
  for (let j = 0; j < values.length; j++) squares += (values[j] - mean) ** 2;
  return f32(Math.sqrt(squares / (values.length - 1)));
}

/**
 * The guided prediction with its standard deviation brought towards that of the conditional one, image by image.
 * Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2023, equations (14) to (16).
 *
 * @param guided float32, [B, C, H, W] flattened.
 * @param conditional Same shape.
 * @param phi φ: 0 leaves the guided prediction, 1 gives it the conditional's deviation.
 * @param batch B.
 */
export function rescaleStd(
  guided: Float32Array,
  conditional: Float32Array,
  phi: number,
  batch: number,
): Float32Array {
  const size = guided.length / batch;
  const rescaled = new Float32Array(guided.length);
  const mix = f32(phi), keep = f32(1 - phi);
  for (let from = 0; from < guided.length; from += size) {
    const wanted = standardDeviation(conditional.subarray(from, from + size));
    const found = standardDeviation(guided.subarray(from, from + size));
    const factor = f32(wanted / found);
    // A flat prediction has no deviation to change.
    const scale = Number.isFinite(factor) ? factor : 1;
    for (let j = from; j < from + size; j++) {
      rescaled[j] = f32(mix * f32(guided[j] * scale)) + f32(keep * guided[j]);
    }
  }
  return rescaled;
}
