/** What each kind of tokenizer does before a text is cut to length and padded. @module */
import type { PromptWord } from "./prompt_words.ts";

/** A text's tokens, of any number. */
export interface UncutText {
  /** With bos and eos. */
  readonly ids: number[];
  /** The text's words; all ids between bos and eos are of one of them. */
  readonly words: readonly PromptWord[];
  /** Pieces that the vocabulary has not got, as text. */
  readonly unknown: readonly string[];
  /** Words that became several pieces, though every word that the model was trained on is one. */
  readonly unfamiliar: readonly string[];
  /** The text of tokens `from` up to and without `to`. */
  decode(from: number, to: number): string;
}

/** Turns texts into as many tokens as they have. */
export interface UncutTokenizer {
  readonly padId: number;
  tokenize(text: string): UncutText;
}
