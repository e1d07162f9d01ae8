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
import { checkSiteMaps } from "./check_site_maps.ts";
import { contactSheet } from "./contact_sheet.ts";
import { findWord } from "./find_word.ts";
import { heatOverlay } from "./heat_overlay.ts";
import { encodeNpy } from "./npy.ts";
import type { Picture } from "./picture.ts";
import type { Pixels } from "./png_codec.ts";
import { type SiteMap, wordMaps } from "./word_maps.ts";

/** How much of each pixel of an overlay is heat. */
export const DEFAULT_OPACITY = 0.65;
/** Letters of labels are so large that about 26 fit beside one another, however large the picture is. */
const PIXELS_A_TEXT_PIXEL = 160;

/** Options of {@linkcode AttentionMaps.overlay} and {@linkcode AttentionMaps.sheet}. */
export interface OverlayOptions {
  /** The step whose maps are shown, from 0. Without it, the mean over all steps. */
  readonly step?: number;
  /**
   * How much of each pixel is heat, 0 to 1; the rest is the picture in grey.
   * @default {0.65}
   */
  readonly opacity?: number;
}

/** What attention maps are made of. */
export interface AttentionMapsInput {
  /** The prompt's words, as `ClipTokenizer.encode()` finds them. */
  readonly words: readonly PromptWord[];
  /** One or more steps, of each one or more sites. */
  readonly steps: readonly (readonly SiteMap[])[];
}

/** Where in a picture each word of its prompt was attended to. A word is named by its place, from 0, or by its text. */
export interface AttentionMaps {
  /** The prompt's words. */
  readonly words: readonly PromptWord[];
  /** How many steps there are. */
  readonly steps: number;
  /** W of the finest site's grid. */
  readonly width: number;
  /** H of it. */
  readonly height: number;
  /**
   * The weight of a word at each place: its tokens' summed, the mean over all sites, and over all steps where none is
   * named.
   *
   * @param word Its place among {@linkcode AttentionMaps.words}; or its text, of which the first occurrence counts, in
   *   capitals or not.
   * @param step From 0.
   * @returns [H, W], float32, row by row from the top left.
   * @throws {DomainError} If there is no such word or step.
   */
  map(word: number | string, step?: number): Float32Array;
  /**
   * The picture in grey, tinted by a word's map, with the word below. The map is scaled to its own maximum: colours of
   * two words do not compare.
   *
   * @param picture [H, W, 3] of any size, which the map is brought to.
   * @returns As wide as the picture, and higher by the label.
   * @throws {DomainError} If there is no such word or step, or the opacity is not from 0 to 1.
   */
  overlay(word: number | string, picture: Pixels, options?: OverlayOptions): Picture;
  /** The picture and the overlays of all words, in the prompt's order. */
  sheet(picture: Pixels, options?: OverlayOptions): Picture;
  /** The maps of all steps and words as a NumPy file: [steps, words, H, W], float32. */
  toNpy(): Uint8Array;
}

/**
 * Makes the attention maps of an image. The weights are not kept.
 *
 * @throws {DomainError} If there is no step, a step without sites, or a site whose sizes do not fit its weights.
 */
export function createAttentionMaps({ words, steps }: AttentionMapsInput): AttentionMaps {
  checkSiteMaps(words, steps);
  const sites = steps.flat();
  const width = sites.reduce((most, site) => Math.max(most, site.width), 1);
  const height = sites.reduce((most, site) => Math.max(most, site.height), 1);
  const maps = steps.map((sites, i) => wordMaps(words, sites, { width, height }, `step ${i}`));

  const map = (word: number | string, step?: number): Float32Array => {
    const found = findWord(words, word);
    if (step !== undefined) return maps[checkStep(step, steps.length)][found].slice();
    return Float32Array.from(
      { length: width * height },
      (_, place) => maps.reduce((sum, each) => sum + each[found][place], 0) / maps.length,
    );
  };
  const tinted = (word: number | string, picture: Pixels, options?: OverlayOptions): Picture => {
    const { step, opacity = DEFAULT_OPACITY } = options ?? {};
    return heatOverlay(picture, map(word, step), { width, height }, checkOpacity(opacity));
  };
  const textScale = (picture: Pixels) => Math.max(1, Math.round(picture.width / PIXELS_A_TEXT_PIXEL));
  return Object.freeze<AttentionMaps>({
    words,
    steps: steps.length,
    width,
    height,
    map,
    overlay: (word, picture, options) =>
      contactSheet([tinted(word, picture, options)], {
        labels: [words[findWord(words, word)].text],
        gap: 0,
        textScale: textScale(picture),
      }),
    sheet: (picture, options) =>
      contactSheet([picture, ...words.map((_, i) => tinted(i, picture, options))], {
        columns: Math.ceil(Math.sqrt(words.length + 1)),
        labels: ["the picture", ...words.map(({ text }) => text)],
        textScale: textScale(picture),
      }),
    toNpy: () => {
      const data = new Float32Array(maps.length * words.length * width * height);
      maps.flat().forEach((each, i) => data.set(each, i * each.length));
      return encodeNpy({ dtype: "float32", shape: [maps.length, words.length, height, width], data });
    },
  });
}

function checkStep(step: number, steps: number): number {
  if (Number.isInteger(step) && step >= 0 && step < steps) return step;
  throw new DomainError({
    doing: "find the attention map",
    what: "the step",
    rule: `a whole number from 0 to ${steps - 1}`,
    got: step,
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
