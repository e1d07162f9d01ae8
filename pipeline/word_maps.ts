/**
 * From the cross-attention weights of a step to one map a word.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import type { PromptWord } from "../models/tokenizers/prompt_words.ts";
import { enlargeMap, type GridSize } from "./enlarge_map.ts";

/** How the queries of one cross-attention site attend to the prompt's tokens: one image, one step, all heads averaged. */
export interface SiteMap extends GridSize {
  /** The site's name, for messages. */
  readonly site: string;
  /** W of the grid that the queries are of. */
  readonly width: number;
  /** H of it. */
  readonly height: number;
  /** K, the number of tokens, padding included. */
  readonly keys: number;
  /** [H·W, K], float32: the weight of each token at each place, row by row from the top left. */
  readonly weights: Float32Array;
}

/** Sums over sites of one grid. */
interface GridSum extends GridSize {
  /** A map [H, W] for each word. */
  readonly maps: readonly Float64Array[];
}

/** Adds a site's weights, the tokens of each word summed. */
function addSite(maps: readonly Float64Array[], words: readonly PromptWord[], map: SiteMap, what: string) {
  const { keys, weights } = map;
  for (const [i, { tokens: [from, to] }] of words.entries()) {
    const sums = maps[i];
    for (let query = 0; query < sums.length; query++) {
      let sum = 0;
      for (let key = from; key < to; key++) sum += weights[query * keys + key];
      if (!Number.isFinite(sum)) {
        throw new DomainError({
          doing: "make attention maps",
          what: `the weights of ${what}`,
          rule: "finite numbers",
          got: sum,
        });
      }
      sums[query] += sum;
    }
  }
}

/** The least grid that is as fine as that of every site. */
export function finestGrid(sites: readonly GridSize[]): GridSize {
  const most = (side: "width" | "height") => sites.reduce((most, site) => Math.max(most, site[side]), 1);
  return { width: most("width"), height: most("height") };
}

/**
 * The maps of one step: the mean over its sites of each word's weight at each place, float64 until the end.
 *
 * @param sites One or more, on grids of any sizes.
 * @param size W and H of the maps, at least those of every site.
 * @param what What the sites are called in messages.
 * @returns For each word [H, W], float32.
 */
export function wordMaps(
  words: readonly PromptWord[],
  sites: readonly SiteMap[],
  size: GridSize,
  what: string,
): Float32Array[] {
  // Enlarging is linear: sites of one grid are summed first, and enlarged once.
  const grids = new Map<string, GridSum>();
  for (const site of sites) {
    const { width, height } = site, key = `${width} x ${height}`;
    const grid = grids.get(key) ?? { width, height, maps: words.map(() => new Float64Array(width * height)) };
    grids.set(key, grid);
    addSite(grid.maps, words, site, `${what}, ${site.site}`);
  }
  return words.map((_, i) => {
    const sum = new Float64Array(size.width * size.height);
    for (const grid of grids.values()) {
      const large = enlargeMap(grid.maps[i], grid, size);
      for (let place = 0; place < sum.length; place++) sum[place] += large[place];
    }
    return Float32Array.from(sum, (value) => value / sites.length);
  });
}
