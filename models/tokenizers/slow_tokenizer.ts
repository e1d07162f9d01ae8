/**
 * CLIP's tokenizer from `vocab.json` and `merges.txt`, token for token as transformers' slow `CLIPTokenizer`.
 *
 * The byte pair merges are done by `@huggingface/tokenizers`; what is around them is done here, since that library's
 * whole tokenizer follows the fast one: it looks for special tokens after lower-casing, anywhere in a run of signs,
 * and knows neither the clean-up nor the pattern that ignores case.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import { fromByteAlphabet, toByteAlphabet } from "./byte_alphabet.ts";
import { parseMerges, parseVocabulary } from "./clip_vocabulary.ts";
import { cleanClipText, splitClipWords } from "./clip_words.ts";
import { placeWords } from "./prompt_words.ts";
import { resolveSpecialTokens } from "./special_tokens.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";
import type { UncutTokenizer } from "./uncut_tokenizer.ts";
import { type WordPart, wordParts } from "./word_parts.ts";

const END_OF_WORD = "</w>";
/** Words of the pattern that are tokens as they stand; a prompt gets here with them in capitals. */
const WHOLE_WORDS: ReadonlySet<string> = new Set(["<|startoftext|>", "<|endoftext|>"]);

/** Makes the tokenizer; `vocabulary` and `merges` must be there. */
export async function createSlowTokenizer(files: TokenizerFiles): Promise<UncutTokenizer> {
  const vocabulary = parseVocabulary(files);
  const merges = parseMerges(files);
  const special = resolveSpecialTokens(files, vocabulary);
  checkConsistency(files, vocabulary, merges, special.ids);
  const { BPE } = await import("npm:@huggingface/tokenizers@0.2.0");
  // Its own look-up of ids is not used, so that unknown pieces can be told: hence no vocabulary.
  const model = new BPE({
    type: "BPE",
    ignore_merges: false,
    vocab: {},
    merges,
    unk_token: special.unk,
    end_of_word_suffix: END_OF_WORD,
  });
  const idOf = (token: string) => special.ids.get(token) ?? vocabulary.get(token);
  const unkId = idOf(special.unk)!;

  // Our own key: a vocabulary learnt from captions of few words has each of them as one piece.
  const wholeWords = files.config.whole_words === true;

  function* pieces({ text, special: whole }: WordPart, apart: (word: string) => void): Iterable<string> {
    if (whole) return yield text;
    for (const word of splitClipWords(cleanClipText(text))) {
      if (WHOLE_WORDS.has(word)) yield word;
      else {
        const parts = model.bpe(toByteAlphabet(word));
        if (wholeWords && parts.length > 1) apart(word);
        yield* parts;
      }
    }
  }

  return {
    padId: idOf(special.pad)!,
    tokenize(text) {
      const tokens: string[] = [], ids: number[] = [], unknown = new Set<string>();
      const unfamiliar = new Set<string>();
      const add = (piece: string) => {
        const id = idOf(piece);
        if (id === undefined) unknown.add(decodeTokens([piece], special.extra));
        tokens.push(id === undefined ? special.unk : piece);
        ids.push(id ?? unkId);
      };
      add(special.bos);
      const words = placeWords(
        wordParts(text, special.ids).map((parts) => {
          const before = ids.length;
          for (const part of parts) {
            for (const piece of pieces(part, (word) => unfamiliar.add(word))) add(piece);
          }
          return [parts.map((part) => part.text).join(""), ids.length - before] as const;
        }),
      );
      add(special.eos);
      return {
        ids,
        words,
        unknown: [...unknown],
        unfamiliar: [...unfamiliar],
        decode: (from, to) => decodeTokens(tokens.slice(from, to), special.extra),
      };
    },
  };
}

/** Tokens as text: ends of words become spaces; added tokens stand apart. */
function decodeTokens(tokens: readonly string[], apart: ReadonlySet<string>): string {
  const texts: string[] = [];
  let run = "";
  const flush = () => {
    if (run !== "") texts.push(fromByteAlphabet(run).replaceAll(END_OF_WORD, " ").trim());
    run = "";
  };
  for (const token of tokens) {
    if (apart.has(token)) {
      flush();
      texts.push(token);
    } else run += token;
  }
  flush();
  return texts.filter((text) => text !== "").join(" ");
}

/** A cut-off merges.txt would go unnoticed otherwise: every prompt would merely get longer and mean less. */
function checkConsistency(
  files: TokenizerFiles,
  vocabulary: ReadonlyMap<string, number>,
  merges: readonly (readonly [string, string])[],
  special: ReadonlyMap<string, number>,
): void {
  const fail = (what: string, rule: string, got: string): never => {
    const remedy = "Download or export the tokenizer's folder again.";
    throw new BundleError({ doing: "read the tokenizer", what, rule, got, remedy });
  };
  const made = new Set<string>();
  for (const [left, right] of merges) {
    const token = left + right;
    if (!vocabulary.has(token)) {
      fail(
        `${files.folder}/vocab.json`,
        "a vocabulary with every token that merges.txt makes",
        `none for ${token}`,
      );
    }
    made.add(token);
  }
  for (const token of vocabulary.keys()) {
    const single = token.length === 1 ||
      token.length === 1 + END_OF_WORD.length && token.endsWith(END_OF_WORD);
    if (!single && !made.has(token) && !special.has(token)) {
      fail(
        `${files.folder}/merges.txt`,
        "merges that make every token of vocab.json",
        `none that makes ${token}`,
      );
    }
  }
}
