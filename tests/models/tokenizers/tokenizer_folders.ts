/** Tokenizers of the fixtures, read as a bundle would read them. */
import { join } from "npm:deno-std@1.4.0/path/join.js";
import type { JsonObject, TokenizerFiles } from "../../../models/tokenizers/tokenizer_files.ts";
import { fixture } from "../../helpers/goldens.ts";

function json(path: string): JsonObject | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The files of a tokenizer with `vocab.json` and `merges.txt`. */
export function slowFiles(folder: string): TokenizerFiles {
  return {
    folder,
    vocabulary: json(join(folder, "vocab.json")),
    merges: Deno.readTextFileSync(join(folder, "merges.txt")),
    config: json(join(folder, "tokenizer_config.json"))!,
    specialTokensMap: json(join(folder, "special_tokens_map.json")),
    addedTokens: json(join(folder, "added_tokens.json")),
  };
}

export const SD15_FILES = slowFiles(fixture("sd15", "model", "tokenizer"));
export const SDXL_2_FILES = slowFiles(fixture("sdxl", "model", "tokenizer_2"));

/** A folder from before transformers wrote ids into tokenizer_config.json, with a pad token of its own. */
export const LEGACY_FILES: TokenizerFiles = {
  ...SD15_FILES,
  folder: "legacy",
  config: json(fixture("tokenizers", "legacy", "tokenizer_config.json"))!,
  specialTokensMap: json(fixture("tokenizers", "legacy", "special_tokens_map.json")),
  addedTokens: json(fixture("tokenizers", "legacy", "added_tokens.json")),
};

/** A folder with tokenizer.json alone. */
export const FAST_FILES: TokenizerFiles = {
  folder: "fast",
  config: json(fixture("tokenizers", "fast", "tokenizer_config.json"))!,
  tokenizerJson: json(fixture("tokenizers", "fast", "tokenizer.json")),
};
