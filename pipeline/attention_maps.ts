/**
 * Attention maps: where in the picture each word of the prompt was attended to.
 *
 * Source: R. Tang et al., "What the DAAM: Interpreting Stable Diffusion Using Cross Attention", 2022,
 * https://arxiv.org/abs/2210.04885, §2: cross-attention weights enlarged to one grid and summed over heads,
 * sites and steps. Here they are averaged, so that a map's numbers are weights: with those of the start token, the end
 * token and the padding, the maps of all words would add up to 1 at each place.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import type { PromptWord } from "../models/tokenizers/prompt_words.ts";
import { checkSiteMaps, checkSteps } from "./check_site_maps.ts";
import { contactSheet } from "./contact_sheet.ts";
import type { GridSize } from "./enlarge_map.ts";
import { findWord } from "./find_word.ts";
import { heatOverlay } from "./heat_overlay.ts";
import { encodeNpy } from "./npy.ts";
import type { Picture } from "./picture.ts";
import type { Pixels } from "./png_codec.ts";
import { findStep, meanMap, type StepMaps } from "./step_maps.ts";
import { finestGrid, type SiteMap, wordMaps } from "./word_maps.ts";

/** How much of each pixel of an overlay is heat. */
export const DEFAULT_OPACITY = 0.65;
/** Letters of labels are so large that about 26 fit beside one another, however large the picture is. */
const PIXELS_A_TEXT_PIXEL = 160;

/** Options of {@linkcode AttentionMaps.overlay} and {@linkcode AttentionMaps.sheet}. */
export interface OverlayOptions {
  /** The step whose maps are shown, from 0. Without it, the mean over all recorded steps. */
  readonly step?: number;
  /**
   * How much of each pixel is heat, 0 to 1; the rest is the picture in grey.
   * @default {0.65}
   */
  readonly opacity?: number;
}

/** What attention maps are made of where all weights are there at once. */
export interface AttentionMapsInput {
  /** The prompt's words, as `ClipTokenizer.encode()` finds them. */
  readonly words: readonly PromptWord[];
  /** One or more steps, of each one or more sites. */
  readonly steps: readonly (readonly SiteMap[])[];
}

/** What attention maps are made of where each step was brought to maps when it was there. */
export interface RecordedMaps extends GridSize {
  readonly words: readonly PromptWord[];
  /** Words that did not fit into what the model reads. Default: none. */
  readonly cutOff?: readonly PromptWord[];
  /** How many steps the run took. */
  readonly steps: number;
  /** Those in which the denoiser was asked for the prompt, ascending. */
  readonly recorded: readonly StepMaps[];
}

/** Where in a picture each word of its prompt was attended to. A word is named by its place, from 0, or by its text. */
export interface AttentionMaps {
  /** The words of the prompt that the model reads. With two text encoders, of the prompt of the first. */
  readonly words: readonly PromptWord[];
  /**
   * The words that were cut off, as the prompt is longer than the model reads, with the positions that their tokens would
   * have had. The first may have been cut in two: then it is the last of {@linkcode AttentionMaps.words} too, its map is
   * that of the tokens that are left, and pictures show its text with an ellipsis.
   */
  readonly cutOff: readonly PromptWord[];
  /** How many steps the run took. */
  readonly steps: number;
  /**
   * The steps that have maps, from 0: all but those in which guidance does without the prompt, as CFG-Zero* does in its
   * first.
   */
  readonly recorded: readonly number[];
  /** W of the finest site's grid; 0 if no step has maps. */
  readonly width: number;
  /** H of it. */
  readonly height: number;
  /**
   * The weight of a word at each place: its tokens' summed, the mean over all sites, and over all recorded steps where
   * none is named.
   *
   * @param word Its place among {@linkcode AttentionMaps.words}; or its text, of which the first occurrence counts, in
   *   capitals or not.
   * @param step From 0.
   * @returns [H, W], float32, row by row from the top left.
   * @throws {DomainError} If there is no such word or step, or no step has maps.
   */
  map(word: number | string, step?: number): Float32Array;
  /**
   * The picture in grey, tinted by a word's map, with the word below. The map is scaled to its own maximum: colours of
   * two words do not compare.
   *
   * @param picture [H, W, 3] of any size, which the map is brought to.
   * @returns As wide as the picture, and higher by the label.
   * @throws {DomainError} If there is no such word or step, no step has maps, or the opacity is not from 0 to 1.
   */
  overlay(word: number | string, picture: Pixels, options?: OverlayOptions): Picture;
  /**
   * The picture and the overlays of all words, in the prompt's order; the picture alone if there are none, or if no step
   * has maps.
   *
   * @throws {DomainError} If there is no such step, or the opacity is not from 0 to 1.
   */
  sheet(picture: Pixels, options?: OverlayOptions): Picture;
  /** The maps of all recorded steps and words as a NumPy file: [steps, words, H, W], float32. */
  toNpy(): Uint8Array;
}

/**
 * Makes the attention maps of an image of all its weights, which are not kept. A run keeps none to begin with: see
 * `recordMaps()`.
 *
 * @throws {DomainError} If there is no step, a step without sites, or a site whose sizes do not fit its weights.
 */
export function createAttentionMaps({ words, steps }: AttentionMapsInput): AttentionMaps {
  checkSteps(steps);
  for (const [i, sites] of steps.entries()) checkSiteMaps(words, sites, `step ${i}`);
  const size = finestGrid(steps.flat());
  const recorded = steps.map((sites, step) => ({ step, maps: wordMaps(words, sites, size, `step ${step}`) }));
  return attentionMapsOf({ words, steps: steps.length, recorded, ...size });
}

/** The attention maps of what a run recorded. */
export function attentionMapsOf(input: RecordedMaps): AttentionMaps {
  const { words, cutOff = [], steps, recorded, width, height } = input;
  const find = (word: number | string) => findWord(words, word, cutOff);
  const map = (word: number | string, step?: number): Float32Array => {
    const found = find(word);
    if (step === undefined) return meanMap(recorded, steps, found);
    return findStep(recorded, steps, step).maps[found].slice();
  };
  const tinted = (word: number, picture: Pixels, options?: OverlayOptions): Picture => {
    const { step, opacity = DEFAULT_OPACITY } = options ?? {};
    return heatOverlay(picture, map(word, step), { width, height }, checkOpacity(opacity));
  };
  const label = ({ text, tokens: [from] }: PromptWord) => cutOff[0]?.tokens[0] === from ? `${text}…` : text;
  const textScale = (picture: Pixels) => Math.max(1, Math.round(picture.width / PIXELS_A_TEXT_PIXEL));
  return Object.freeze<AttentionMaps>({
    words,
    cutOff,
    steps,
    recorded: recorded.map(({ step }) => step),
    width,
    height,
    map,
    overlay(word, picture, options) {
      const found = find(word);
      return contactSheet([tinted(found, picture, options)], {
        labels: [label(words[found])],
        gap: 0,
        textScale: textScale(picture),
      });
    },
    sheet(picture, options) {
      const { step, opacity = DEFAULT_OPACITY } = options ?? {};
      checkOpacity(opacity);
      if (step !== undefined) findStep(recorded, steps, step);
      const shown = recorded.length > 0 ? words : [];
      return contactSheet([picture, ...shown.map((_, i) => tinted(i, picture, options))], {
        columns: Math.ceil(Math.sqrt(shown.length + 1)),
        labels: ["the picture", ...shown.map(label)],
        textScale: textScale(picture),
      });
    },
    toNpy() {
      const data = new Float32Array(recorded.length * words.length * width * height);
      recorded.flatMap(({ maps }) => maps).forEach((each, i) => data.set(each, i * each.length));
      return encodeNpy({ dtype: "float32", shape: [recorded.length, words.length, height, width], data });
    },
  });
}

function checkOpacity(opacity: number): number {
  if (opacity >= 0 && opacity <= 1) return opacity;
  throw new DomainError({
    doing: "draw the attention map",
    what: "opacity",
    rule: "a number from 0 to 1",
    got: opacity,
  });
}
