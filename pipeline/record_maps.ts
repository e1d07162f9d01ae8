/**
 * Attention maps of a run.
 *
 * The weights of a step are brought to one small map a word when they are there, and let go: of Stable Diffusion 1.5,
 * 8 MB a step and branch become 16 kB a word.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import { type FloatTensor, sliceBatch } from "../models/runtimes/tensor.ts";
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import { tapOutput } from "../models/surgery/tap_weights.ts";
import type { EncodedText } from "../models/tokenizers/clip_tokenizer.ts";
import { type AttentionMaps, attentionMapsOf } from "./attention_maps.ts";
import { checkSiteMaps } from "./check_site_maps.ts";
import type { DenoiseTaps } from "./denoise.ts";
import type { GridSize } from "./enlarge_map.ts";
import type { StepMaps } from "./step_maps.ts";
import { finestGrid, type SiteMap, wordMaps } from "./word_maps.ts";

/** A recording: what the denoiser is asked for, and what came of it. */
export interface MapsRecorder {
  readonly taps: DenoiseTaps;
  /** The maps of each picture, once the run is over. */
  maps(): AttentionMaps[];
}

/** The run that is recorded: what a `Scheduler` tells of itself. */
export interface RecordedRun {
  readonly timesteps: ArrayLike<number>;
  /** The first of them that is taken. */
  readonly firstStep: number;
}

/** A site's grid: the latents' own, halved as often as its number of queries says. */
function gridOf({ shape: [, queries] }: FloatTensor, latents: readonly number[], id: string): GridSize {
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
 * @param prompts Each picture's prompt.
 * @param latents [B, C, H, W].
 */
export function recordMaps(
  sites: readonly AttentionSite[],
  prompts: readonly Pick<EncodedText, "words" | "cutOff">[],
  latents: readonly number[],
  { timesteps, firstStep }: RecordedRun,
): MapsRecorder {
  const recorded: StepMaps[][] = prompts.map(() => []);
  let size: GridSize = { width: 0, height: 0 };
  const siteMap = (site: AttentionSite, all: FloatTensor, picture: number): SiteMap => {
    const { data, shape: [, , keys] } = sliceBatch(all, picture, picture + 1);
    return { site: site.id, ...gridOf(all, latents, site.id), keys, weights: data };
  };
  return {
    taps: {
      outputs: sites.map(tapOutput),
      onValues(i, values) {
        const step = i - firstStep, what = `step ${step}`;
        for (const [picture, { words }] of prompts.entries()) {
          const maps = sites.map((site) => siteMap(site, values[tapOutput(site)], picture));
          checkSiteMaps(words, maps, what);
          size = finestGrid(maps);
          recorded[picture].push({ step, maps: wordMaps(words, maps, size, what) });
        }
      },
    },
    maps: () =>
      prompts.map(({ words, cutOff }, picture) =>
        attentionMapsOf({
          words,
          cutOff,
          steps: timesteps.length - firstStep,
          recorded: recorded[picture],
          ...size,
        })
      ),
  };
}
