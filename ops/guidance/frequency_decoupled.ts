import type { FdgData } from "./guidance_data.ts";
import type { LatentShape } from "./guidance_branch.ts";
import { difference, pushed } from "./guidance_push.ts";
import { imageOfPyramid, laplacianPyramid, type Planes } from "./laplacian_pyramid.ts";
import { paddedSize, resizedPlanes } from "./padded_planes.ts";
import { projectAlong } from "./project_along.ts";

/**
 * Guidance with a scale for each band of frequencies. Sadat et al., "Guidance in the Frequency Domain Enables
 * High-Fidelity Sampling at Low CFG Scales", 2025.
 *
 * Sides that the pyramid cannot halve are mirrored up to a power of two and cut back, where diffusers 0.39.0 leaves the
 * result larger than the image.
 *
 * @param unconditional float32, [B, C, H, W] flattened.
 * @param conditional Same shape.
 */
export function frequencyDecoupled(
  unconditional: Float32Array,
  conditional: Float32Array,
  { scales, parallelWeights, from }: Pick<FdgData, "scales" | "parallelWeights" | "from">,
  [batch, , height, width]: LatentShape,
): Float32Array {
  const size = paddedSize(height, width, scales.length);
  const bandsOf = (data: Float32Array): Planes[] =>
    laplacianPyramid(resizedPlanes({ data, height, width }, ...size), scales.length);
  const conditionals = bandsOf(conditional), unconditionals = bandsOf(unconditional);
  const guided = scales.map((scale, level): Planes => {
    const c = conditionals[level], u = unconditionals[level];
    // diffusers takes the conditional band itself there
    if (scale === 1) return c;
    const weight = parallelWeights?.[level] ?? 1;
    const push = difference(c.data, u.data);
    const weighted = weight === 1 ? push : projectAlong(push, c.data, weight, c.data.length / batch);
    return {
      ...c,
      data: from === "conditional" ? pushed(c.data, weighted, scale - 1) : pushed(u.data, weighted, scale),
    };
  });
  return resizedPlanes(imageOfPyramid(guided), height, width).data;
}
