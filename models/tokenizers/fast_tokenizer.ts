/**
 * CLIP's tokenizer from a `tokenizer.json`, as transformers' `CLIPTokenizerFast` would run it.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import { placeWords, type PromptWord } from "./prompt_words.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";
import type { UncutTokenizer } from "./uncut_tokenizer.ts";

const REMEDY = "Download or export the tokenizer's folder again.";

/** Makes the tokenizer; `tokenizerJson` must be there. */
export async function createFastTokenizer(files: TokenizerFiles): Promise<UncutTokenizer> {
  const what = `${files.folder}/tokenizer.json`;
  const json = files.tokenizerJson;
  const fail = (rule: string, got?: unknown, cause?: unknown): never => {
    throw new BundleError({ doing: "read the tokenizer", what, rule, got, remedy: REMEDY }, { cause });
  };
  if (json === undefined) {
    throw new BundleError({
      doing: "read the tokenizer",
      what: files.folder,
      rule: "a folder with vocab.json and merges.txt, or with tokenizer.json",
      remedy: REMEDY,
    });
  }
  const { model } = (json ?? {}) as { model?: { type?: unknown; unk_token?: unknown } };
  if (typeof json !== "object" || json === null || model?.type !== "BPE") {
    fail("a tokenizer whose model.type is BPE", model?.type);
  }
  const { Tokenizer } = await import("npm:@huggingface/tokenizers@0.2.0");
  const make = () => {
    try {
      return new Tokenizer(json as object, files.config);
    } catch (cause) {
      return fail("a tokenizer in the format of Hugging Face tokenizers", cause, cause);
    }
  };
  const tokenizer = make();
  const pad = files.config.pad_token ?? files.specialTokensMap?.pad_token ?? "<|endoftext|>";
  const padToken = typeof pad === "string" ? pad : (pad as { content?: unknown }).content;
  const padId = tokenizer.token_to_id(String(padToken)) ?? fail(`a tokenizer with the pad token ${padToken}`);
  const wordsOf = (text: string, ids: readonly number[]): PromptWord[] => {
    const words = text.split(/\s+/u).filter((word) => word !== "");
    const each = words.map((word) => tokenizer.encode(word, { add_special_tokens: false }).ids);
    const joined = [ids[0], ...each.flat(), ids.at(-1)];
    const apart = joined.length === ids.length && joined.every((id, i) => id === ids[i]);
    // A tokenizer.json may describe one that looks across white space: then it knows of no words.
    return placeWords(apart ? words.map((word, i) => [word, each[i].length]) : [[text, ids.length - 2]]);
  };
  return {
    padId,
    tokenize(text) {
      const { ids } = tokenizer.encode(text);
      return {
        ids,
        words: wordsOf(text, ids),
        unknown: [],
        unfamiliar: [],
        decode: (from, to) => tokenizer.decode(ids.slice(from, to)).trim(),
      };
    },
  };
}
