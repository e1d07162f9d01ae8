import type { Planes } from "./laplacian_pyramid.ts";

function nextPowerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(size));
}

const isPowerOfTwo = (size: number) => nextPowerOfTwo(size) === size;

/**
 * The size at which kornia builds a pyramid of `levels` bands: powers of two, where neither side is one or a side
 * cannot be halved often enough.
 */
export function paddedSize(height: number, width: number, levels: number): [height: number, width: number] {
  const stride = 2 ** (levels - 1);
  const fits = height % stride === 0 && width % stride === 0 && (isPowerOfTwo(height) || isPowerOfTwo(width));
  return fits ? [height, width] : [nextPowerOfTwo(height), nextPowerOfTwo(width)];
}

/** The planes at another size: what is missing below and to the right is their mirror image, what is too much is cut. */
export function resizedPlanes({ data, height, width }: Planes, newHeight: number, newWidth: number): Planes {
  const mirrored = (at: number, size: number) => at < size ? at : 2 * (size - 1) - at;
  const count = data.length / (height * width);
  const made = new Float32Array(count * newHeight * newWidth);
  let at = 0;
  for (let plane = 0; plane < data.length; plane += height * width) {
    for (let y = 0; y < newHeight; y++) {
      const row = plane + mirrored(y, height) * width;
      for (let x = 0; x < newWidth; x++) made[at++] = data[row + mirrored(x, width)];
    }
  }
  return { data: made, height: newHeight, width: newWidth };
}
