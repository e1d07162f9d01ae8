/**
 * How much pictures of one prompt differ when only their noise does.
 *
 * @module
 */
import type { Pixels } from "../pipeline/png_codec.ts";
import type { Seen } from "./scene.ts";

/** The diversity of pictures of one prompt. */
export interface Diversity {
  /** Mean distance of two pictures of the prompt, 0 (all the same) to 1: see {@linkcode pictureDistance}. */
  readonly distance: number;
  /** How many arrangements there are among them, from 1: see {@linkcode arrangementOf}. */
  readonly arrangements: number;
}

const CHANNELS = 3;
const WHITE = 255;
/** A pixel is outside the background if a channel departs by more than this from the background's, 0 to 255. */
const DEPARTS = 26;

/** The colour of the background: channel by channel the median of the outermost pixels. */
function backgroundOf({ width, height, data }: Pixels): number[] {
  const edge: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (y === 0 || x === 0 || y === height - 1 || x === width - 1) edge.push((y * width + x) * CHANNELS);
    }
  }
  return Array.from({ length: CHANNELS }, (_, c) => {
    const values = edge.map((at) => data[at + c]).sort((a, b) => a - b);
    return values[values.length >> 1];
  });
}

/**
 * The root mean square difference of two pictures of one size over the pixels that are outside the background in
 * either of them, 0 to 1. Leaving the background out keeps small objects from counting less than large ones, and a
 * background that is everywhere a little off from counting at all.
 */
export function pictureDistance(a: Pixels, b: Pixels): number {
  const grounds = [backgroundOf(a), backgroundOf(b)];
  let sum = 0, count = 0;
  for (let at = 0; at < a.data.length; at += CHANNELS) {
    let outside = false, square = 0;
    for (let c = 0; c < CHANNELS; c++) {
      const x = a.data[at + c], y = b.data[at + c];
      outside ||= Math.abs(x - grounds[0][c]) > DEPARTS || Math.abs(y - grounds[1][c]) > DEPARTS;
      square += (x - y) ** 2;
    }
    if (!outside) continue;
    sum += square;
    count += CHANNELS;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count) / WHITE;
}

/** Which objects a picture shows and where, to the nearest pixel: equal texts are the same arrangement. */
export function arrangementOf({ objects }: Seen): string {
  const each = objects.map(({ name, tint, x, y }) => [name, tint ?? "", Math.round(x), Math.round(y)].join());
  return each.sort().join("; ");
}

/**
 * The diversity of pictures of one prompt from different seeds, two or more of one size. It costs as many pictures
 * again as there are seeds, so an evaluation measures it on its first few scenes, from four seeds each.
 *
 * In this world a caption leaves little open: true drawings of it differ by where each object stands, within a pixel
 * or two. A model that always draws the same has the distance 0 and one arrangement. A model that errs is diverse as
 * well, so this is to be read beside the share that is right, not by itself.
 */
export function diversityOf(pictures: readonly Pixels[], seen: readonly Seen[]): Diversity {
  const distances = pictures.flatMap((a, i) => pictures.slice(i + 1).map((b) => pictureDistance(a, b)));
  return {
    distance: distances.reduce((sum, x) => sum + x, 0) / distances.length,
    arrangements: new Set(seen.map(arrangementOf)).size,
  };
}
