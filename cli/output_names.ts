/**
 * The names of the pictures that a run writes.
 *
 * @module
 */

/**
 * The files for `images` pictures.
 *
 * @param out What `--out` says; by default `winnow-SEED.png` in the working directory.
 * @param seed The seed of the first picture.
 * @param images How many. From two on they are numbered: `cat-1.png`, `cat-2.png`, …
 */
export function outputNames(out: string | undefined, seed: string, images: number): string[] {
  const name = out ?? `winnow-${seed}.png`;
  if (images === 1) return [name];
  return Array.from(
    { length: images },
    (_, i) => name.replace(/(\.png)?$/i, (extension) => `-${i + 1}${extension}`),
  );
}
