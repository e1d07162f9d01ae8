/**
 * u + w·(c − u), float32. Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022, equation (6), with w counted as
 * in Imagen: 1 is the conditional prediction itself.
 */
export function classifierFree(
  unconditional: Float32Array,
  conditional: Float32Array,
  scale: number,
): Float32Array {
  const w = Math.fround(scale);
  const guided = new Float32Array(conditional.length);
  for (let j = 0; j < guided.length; j++) {
    guided[j] = unconditional[j] + Math.fround(w * Math.fround(conditional[j] - unconditional[j]));
  }
  return guided;
}
