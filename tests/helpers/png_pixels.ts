/** Decodes a PNG into RGB bytes with imagescript, independently of Winnow's own encoder. */
import { decode } from "npm:imagescript@1.3.1";

export async function pngPixels(
  png: Uint8Array,
): Promise<{ width: number; height: number; rgb: Uint8Array }> {
  const image = await decode(png) as unknown as { width: number; height: number; bitmap: Uint8ClampedArray };
  const { width, height, bitmap } = image;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set(bitmap.subarray(4 * i, 4 * i + 3), 3 * i);
  return { width, height, rgb };
}
