/** ᾱ_t = ∏ (1 − β_s), the share of the image in the variance of the noisy sample. */

const f32 = Math.fround;

/** ᾱ_t for every training step, float32, the product kept in float64 as torch.cumprod keeps it on a CPU. */
export function alphasCumprod(betas: Float32Array): Float32Array {
  const products = new Float32Array(betas.length);
  let product = 1;
  for (let t = 0; t < betas.length; t++) products[t] = product *= f32(1 - betas[t]);
  return products;
}

/**
 * β_t shifted and scaled so that the last step holds no image at all: ᾱ_T = 0, ᾱ_1 as before.
 * Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2023, algorithm 1.
 */
export function rescaleZeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = alphasCumprod(betas).map(Math.sqrt);
  const first = roots[0], last = roots[roots.length - 1];
  const scale = f32(first / f32(first - last));
  let before = 1;
  return roots.map((root) => {
    const scaled = f32(f32(root - last) * scale);
    const alphaBar = f32(scaled * scaled);
    const beta = 1 - f32(alphaBar / before);
    before = alphaBar;
    return beta;
  });
}
