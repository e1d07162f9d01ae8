/**
 * The tokenizer of CLIP text encoders: ids equal to transformers' `CLIPTokenizer` (the slow one, which diffusers'
 * pipelines load) where `ftfy` is not installed.
 *
 * Source: A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, §2.4:
 * lower-cased byte pair encoding between [SOS] and [EOS].
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import { createFastTokenizer } from "./fast_tokenizer.ts";
import { cutWords, lostWords, type PromptWord } from "./prompt_words.ts";
import { createSlowTokenizer } from "./slow_tokenizer.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";

/** CLIP's own number of positions: the length where neither the tokenizer's files nor the encoder say one. */
export const DEFAULT_MAX_LENGTH = 77;

/** A prompt as tokens. */
export interface EncodedText {
  /** Token ids `[maxLength]`: bos, the text's, eos, then the pad token. */
  readonly ids: number[];
  /** How many tokens the whole text has, with bos and eos: before anything was cut off, and before padding. */
  readonly tokens: number;
  /**
   * The text's words, and the positions in {@linkcode EncodedText.ids} that each became: ascending, without gaps, from
   * the start token to the end token. What did not fit is left out.
   */
  readonly words: readonly PromptWord[];
  /**
   * The words that did not fit, the first of them perhaps in part (it is then the last of {@linkcode EncodedText.words}
   * as well), with the positions that they would have had.
   */
  readonly cutOff?: readonly PromptWord[];
  /** The text that did not fit, decoded from the tokens that were cut off, as diffusers' warning shows it. */
  readonly truncated?: string;
  /** Pieces of the text that the vocabulary has not got; each became the unknown token. */
  readonly unknown?: readonly string[];
  /**
   * Words that the text encoder was never trained on. Known only where `tokenizer_config.json` says `whole_words`, as
   * the bundled model's does: every word of its captions is one token, so what is taken apart is new to it.
   */
  readonly unfamiliar?: readonly string[];
}

/** Turns prompts into the ids that a CLIP text encoder takes. */
export interface ClipTokenizer {
  /** The length of every {@linkcode EncodedText.ids}. */
  readonly maxLength: number;
  /** The id that fills up short texts. */
  readonly padId: number;
  /** Any text, the empty one too: it is cut after `maxLength - 1` tokens, and keeps its eos. */
  encode(text: string): EncodedText;
}

function resolveLength(files: TokenizerFiles): number {
  const stated = files.config.model_max_length;
  // transformers writes int(1e30) where it knows no limit.
  const usable = typeof stated === "number" && stated <= 1e6 ? stated : files.positions ?? DEFAULT_MAX_LENGTH;
  if (Number.isInteger(usable) && usable >= 2) return usable;
  throw new BundleError({
    doing: "read the tokenizer",
    what: `${files.folder}/tokenizer_config.json: model_max_length`,
    rule: "an integer of 2 or more: bos and eos take two places",
    got: stated,
  });
}

function checkConfig(files: TokenizerFiles): void {
  const { tokenizer_class, padding_side = "right", truncation_side = "right" } = files.config;
  const fail = (field: string, rule: string, got: unknown, remedy?: string): never => {
    const what = `${files.folder}/tokenizer_config.json: ${field}`;
    throw new BundleError({ doing: "read the tokenizer", what, rule, got, remedy });
  };
  if (tokenizer_class && tokenizer_class !== "CLIPTokenizer" && tokenizer_class !== "CLIPTokenizerFast") {
    fail("tokenizer_class", "CLIPTokenizer or CLIPTokenizerFast", tokenizer_class);
  }
  if (padding_side !== "right") fail("padding_side", '"right", as CLIP is trained', padding_side);
  if (truncation_side !== "right") fail("truncation_side", '"right", as CLIP is trained', truncation_side);
}

/**
 * Makes the tokenizer of a folder's files.
 *
 * With `vocab.json` and `merges.txt` it equals transformers' `CLIPTokenizer`. One thing depends on the Python that
 * one compares with: code points which its Unicode version has not assigned are removed (Python 3.11: Unicode 14);
 * here it is the Unicode version of the JavaScript engine. With a `tokenizer.json` alone it is the fast tokenizer
 * which that file describes, as in transformers; the two differ on ideographs and invisible characters.
 *
 * @throws {BundleError} A file is missing or is not what it should be; the message names file and field.
 */
export async function createClipTokenizer(files: TokenizerFiles): Promise<ClipTokenizer> {
  checkConfig(files);
  const maxLength = resolveLength(files);
  const slow = files.vocabulary !== undefined && files.merges !== undefined;
  const uncut = await (slow ? createSlowTokenizer(files) : createFastTokenizer(files));
  return Object.freeze({
    maxLength,
    padId: uncut.padId,
    encode(text: string): EncodedText {
      const { ids: all, words, unknown, unfamiliar, decode } = uncut.tokenize(text);
      const total = all.length, cut = total > maxLength;
      const ids = cut ? [...all.slice(0, maxLength - 1), all[total - 1]] : all;
      while (ids.length < maxLength) ids.push(uncut.padId);
      return {
        ids,
        tokens: total,
        words: cutWords(words, maxLength - 1),
        ...cut && {
          truncated: decode(maxLength - 1, total - 1),
          cutOff: lostWords(words, maxLength - 1),
        },
        ...unknown.length > 0 && { unknown },
        ...unfamiliar.length > 0 && { unfamiliar },
      };
    },
  });
}
