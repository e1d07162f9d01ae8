/**
 * The tokenizer of a bundle, from the files in its folder.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import { type ClipTokenizer, createClipTokenizer } from "../tokenizers/clip_tokenizer.ts";
import type { ReadOptions } from "./bundle.ts";
import type { BundleFiles } from "./bundle_files.ts";
import { EXPORT_REMEDY, LAYOUT, type TokenizerName } from "./bundle_layout.ts";
import { decodeText, parseJsonFile, readJsonObject } from "./json_file.ts";
import { sideBySide } from "./side_by_side.ts";

/**
 * Reads a tokenizer.
 *
 * @param positions How many tokens its text encoder has positions for, if that is known.
 * @throws {BundleError} Its folder is missing, or a file in it is not what it must be.
 */
export async function readBundleTokenizer(
  files: BundleFiles,
  name: TokenizerName,
  positions: number | undefined,
  options?: ReadOptions,
): Promise<ClipTokenizer> {
  const json = async (file: string, options?: ReadOptions) => {
    const bytes = await files.read(`${name}/${file}`, options);
    return bytes && parseJsonFile(bytes, files.show(`${name}/${file}`));
  };
  const [vocabulary, mergesBytes, config, specialTokensMap] = await sideBySide([
    (signal) => json("vocab.json", { signal }),
    (signal) => files.read(`${name}/merges.txt`, { signal }),
    (signal) => readJsonObject(files, `${name}/tokenizer_config.json`, { signal }),
    (signal) => readJsonObject(files, `${name}/special_tokens_map.json`, { signal }),
  ], options?.signal);
  const merges = mergesBytes && decodeText(mergesBytes, files.show(`${name}/merges.txt`));
  const whole = vocabulary !== undefined && merges !== undefined;
  const tokenizerJson = whole ? undefined : await json("tokenizer.json", options);
  if (!whole && tokenizerJson === undefined) {
    const missing = ["vocab.json", "merges.txt"].filter((_, i) => [vocabulary, merges][i] === undefined).join(
      " and ",
    );
    throw new BundleError({
      doing: "read the tokenizer",
      what: files.show(name),
      rule: "a folder with vocab.json and merges.txt, or with tokenizer.json",
      got: `none with ${missing}`,
      remedy: `The layout is: ${LAYOUT}. ${EXPORT_REMEDY}`,
    });
  }
  const stated = config?.added_tokens_decoder !== undefined;
  return await createClipTokenizer({
    folder: files.show(name),
    vocabulary,
    merges,
    tokenizerJson,
    config: config ?? {},
    specialTokensMap,
    addedTokens: stated ? undefined : await readJsonObject(files, `${name}/added_tokens.json`, options),
    positions,
  });
}
