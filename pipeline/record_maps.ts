/**
 * Attention maps of a run.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import { type FloatTensor, sliceBatch } from "../models/runtimes/tensor.ts";
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import { tapOutput } from "../models/surgery/tap_weights.ts";
import type { PromptWord } from "../models/tokenizers/prompt_words.ts";
import { type AttentionMaps, createAttentionMaps } from "./attention_maps.ts";
import type { DenoiseTaps } from "./denoise.ts";
import type { SiteMap } from "./word_maps.ts";

/** A recording: what the denoiser is asked for, and what came of it. */
export interface MapsRecorder {
  readonly taps: DenoiseTaps;
  /** The maps of each picture, once the run is over. */
  maps(): AttentionMaps[];
}

/** A site's grid: the latents' own, halved as often as its number of queries says. */
function gridOf({ shape: [, queries] }: FloatTensor, latents: readonly number[], id: string) {
  const [, , height, width] = latents;
  const factor = Math.sqrt(height * width / queries);
  const grid = { width: width / factor, height: height / factor };
  if (Number.isInteger(grid.width) && Number.isInteger(grid.height)) return grid;
  throw new DeviceError({
    doing: "record attention maps",
    what: `the queries of ${id}`,
    rule: `a grid of the shape of the latents, ${height} x ${width}`,
    got: queries,
  });
}

/**
 * Records the weights of some sites.
 *
 * @param words The words of each picture's prompt.
 * @param latents [B, C, H, W].
 */
export function recordMaps(
  sites: readonly AttentionSite[],
  words: readonly (readonly PromptWord[])[],
  latents: readonly number[],
): MapsRecorder {
  const steps: SiteMap[][][] = words.map(() => []);
  const siteMap = (site: AttentionSite, all: FloatTensor, picture: number): SiteMap => {
    const { data, shape: [, , keys] } = sliceBatch(all, picture, picture + 1);
    return { site: site.id, ...gridOf(all, latents, site.id), keys, weights: data };
  };
  return {
    taps: {
      outputs: sites.map(tapOutput),
      onValues(_, values) {
        for (const [picture, own] of steps.entries()) {
          own.push(sites.map((site) => siteMap(site, values[tapOutput(site)], picture)));
        }
      },
    },
    maps: () => words.map((each, picture) => createAttentionMaps({ words: each, steps: steps[picture] })),
  };
}
