/**
 * A word of a prompt, by its place or its text.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import type { PromptWord } from "../models/tokenizers/prompt_words.ts";
import { didYouMean } from "../nearest_name.ts";

const folded = (text: string) => text.normalize("NFC").toLowerCase();

/** The words with their places: `0 "a", 1 "cat"`. */
function listOf(words: readonly PromptWord[]): string {
  return words.map(({ text }, i) => `${i} ${JSON.stringify(text)}`).join(", ");
}

/**
 * Where in `words` a word is.
 *
 * @param word Its place, from 0; or its text, of which the first occurrence counts, in capitals or not.
 * @param cutOff Words that the prompt has as well, but the model does not read.
 * @throws {DomainError} If there is no such word; the message lists those that there are.
 */
export function findWord(
  words: readonly PromptWord[],
  word: number | string,
  cutOff: readonly PromptWord[] = [],
): number {
  const texts = words.map(({ text }) => folded(text));
  const found = typeof word === "string" ? texts.indexOf(folded(word)) : word;
  if (Number.isInteger(found) && found >= 0 && found < words.length) return found;
  const isCutOff = typeof word === "string" && cutOff.some(({ text }) => folded(text) === folded(word));
  const suggestion = isCutOff
    ? "It was cut off, as the prompt is longer than the model reads."
    : typeof word === "string"
    ? didYouMean(word, words.map(({ text }) => text))
    : undefined;
  const list = words.length === 0 ? "The prompt has no words." : `The words are: ${listOf(words)}.`;
  throw new DomainError({
    doing: "find the attention map",
    what: "the word",
    rule: typeof word === "string" || words.length === 0
      ? "one of the prompt"
      : `a whole number from 0 to ${words.length - 1}`,
    got: word,
    remedy: suggestion === undefined ? list : `${suggestion} ${list}`,
  });
}
