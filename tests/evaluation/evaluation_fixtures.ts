/** Reads tests/fixtures/evaluation: what training's Python draws, reads and says of scenes. */
import type { Scene, Seen, Verdict } from "../../evaluation/scene.ts";
import { Picture } from "../../pipeline/picture.ts";
import { fixture } from "../helpers/goldens.ts";
import { pngPixels } from "../helpers/png_pixels.ts";

/** What is seen in a picture, and how that compares with the scene of this index. */
export interface Judged {
  readonly scene: number;
  readonly seen: Seen;
  readonly verdict: Verdict;
}

const read = <T>(name: string): T => JSON.parse(Deno.readTextFileSync(fixture("evaluation", name)));

export const scenes: readonly Scene[] = read("scenes.json");

/** Verdicts on lists of objects, no judge asked. */
export const verdicts: readonly Judged[] = read("verdicts.json");

/** What the judge reads in the pictures of read.png. */
export const readings: readonly Judged[] = read("readings.json");

/** The indices of the scenes in drawn.png. */
export const drawn: readonly number[] = read("drawn.json");

/** How often Python's sampler gives each arrangement, names and colours aside. */
export const layouts: { readonly draws: number; readonly counts: Readonly<Record<string, number>> } = read(
  "layouts.json",
);

const SIZE = 64;

/** The pictures of a sheet, row by row. */
export async function picturesOf(name: "drawn.png" | "read.png"): Promise<Picture[]> {
  const { width, height, rgb } = await pngPixels(await Deno.readFile(fixture("evaluation", name)));
  const columns = width / SIZE, rows = height / SIZE;
  return Array.from({ length: columns * rows }, (_, i) => {
    const left = i % columns * SIZE, top = Math.floor(i / columns) * SIZE;
    const data = new Uint8Array(SIZE * SIZE * 3);
    for (let y = 0; y < SIZE; y++) {
      const from = ((top + y) * width + left) * 3;
      data.set(rgb.subarray(from, from + SIZE * 3), y * SIZE * 3);
    }
    return new Picture(SIZE, SIZE, data);
  });
}
