/**
 * An image as bands of frequencies. Burt & Adelson, "The Laplacian Pyramid as a Compact Image Code", 1983; borders,
 * resampling and float32 as in kornia, which the authors of frequency-decoupled guidance use.
 *
 * @module
 */

/** One band: float32, [N, H, W] flattened, N channels of all images. */
export interface Planes {
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Binomial, sum 16. */
const KERNEL = [1, 4, 6, 4, 1].map((weight) => weight / 16);
const REACH = 2;

/** Index of the mirror image within 0 … size − 1; the edge itself is not repeated. */
function mirrored(at: number, size: number): number {
  const inside = Math.abs(at);
  return inside < size ? inside : 2 * (size - 1) - inside;
}

/** A new image of which `value` tells each pixel, given the old one's by row and column. */
function remade(
  { data, height, width }: Planes,
  [newHeight, newWidth]: readonly [number, number],
  value: (pixel: (y: number, x: number) => number, y: number, x: number) => number,
): Planes {
  const count = data.length / (height * width);
  const made = new Float32Array(count * newHeight * newWidth);
  let at = 0;
  for (let plane = 0; plane < data.length; plane += height * width) {
    const pixel = (y: number, x: number) => data[plane + y * width + x];
    for (let y = 0; y < newHeight; y++) for (let x = 0; x < newWidth; x++) made[at++] = value(pixel, y, x);
  }
  return { data: made, height: newHeight, width: newWidth };
}

function blurred(planes: Planes): Planes {
  const { height, width } = planes;
  return remade(planes, [height, width], (pixel, y, x) => {
    let sum = 0;
    for (let dy = -REACH; dy <= REACH; dy++) {
      const row = mirrored(y + dy, height), weight = KERNEL[dy + REACH];
      for (let dx = -REACH; dx <= REACH; dx++) {
        sum += weight * KERNEL[dx + REACH] * pixel(row, mirrored(x + dx, width));
      }
    }
    return sum;
  });
}

/** Blurred and halved: each pixel is the mean of four. */
export function pyramidDown(planes: Planes): Planes {
  return remade(
    blurred(planes),
    [planes.height / 2, planes.width / 2],
    (pixel, y, x) =>
      (pixel(2 * y, 2 * x) + pixel(2 * y, 2 * x + 1) + pixel(2 * y + 1, 2 * x) +
        pixel(2 * y + 1, 2 * x + 1)) / 4,
  );
}

/** Doubled, bilinearly between pixels' centres, and blurred. */
export function pyramidUp(planes: Planes): Planes {
  const { height, width } = planes;
  const doubled = remade(planes, [2 * height, 2 * width], (pixel, y, x) => {
    const [y0, y1, fy] = between(y, height), [x0, x1, fx] = between(x, width);
    return (1 - fy) * ((1 - fx) * pixel(y0, x0) + fx * pixel(y0, x1)) +
      fy * ((1 - fx) * pixel(y1, x0) + fx * pixel(y1, x1));
  });
  return blurred(doubled);
}

/** The two pixels between which a pixel of the doubled image lies, and how far from the first. */
function between(at: number, size: number): [first: number, second: number, fraction: number] {
  const place = Math.max(0, (at + 0.5) / 2 - 0.5), first = Math.floor(place);
  return [first, Math.min(first + 1, size - 1), place - first];
}

/**
 * The bands of an image, from fine to coarse: each is what the next coarser one lacks, the last is the rest.
 *
 * @param planes Height and width that can be halved `levels` − 1 times and are then still above 1 (`paddedPlanes`).
 */
export function laplacianPyramid(planes: Planes, levels: number): Planes[] {
  const bands: Planes[] = [];
  let rest = planes;
  for (let level = 1; level < levels; level++) {
    const coarse = pyramidDown(rest);
    bands.push({ ...rest, data: combined(rest.data, pyramidUp(coarse).data, -1) });
    rest = coarse;
  }
  return [...bands, rest];
}

/** The image of which these are the bands. */
export function imageOfPyramid(bands: readonly Planes[]): Planes {
  return bands.reduceRight((coarse, band) => ({
    ...band,
    data: combined(pyramidUp(coarse).data, band.data, 1),
  }));
}

function combined(a: Float32Array, b: Float32Array, sign: 1 | -1): Float32Array {
  return a.map((value, j) => value + sign * b[j]);
}
