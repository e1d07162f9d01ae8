/**
 * The words of a prompt, and which of its tokens each of them became.
 *
 * @module
 */

/** A word of a prompt: what stands between white space. */
export interface PromptWord {
  /** As the prompt spells it, without the punctuation at its edges; of a word that is all punctuation, all of it. */
  readonly text: string;
  /** The positions of its tokens, punctuation's included, half-open. Position 0 is the start token. */
  readonly tokens: readonly [from: number, to: number];
}

const EDGES = /^\p{P}+|\p{P}+$/gu;

/** The word's text as {@linkcode PromptWord.text} has it. */
export function withoutEdges(text: string): string {
  return text.replace(EDGES, "") || text;
}

/**
 * The words in the order of their tokens, of which the first is at position 1. A word without tokens is left out.
 *
 * @param counted Each word, and how many tokens it became.
 */
export function placeWords(counted: Iterable<readonly [text: string, tokens: number]>): PromptWord[] {
  const words: PromptWord[] = [];
  let from = 1;
  for (const [text, tokens] of counted) {
    if (tokens > 0) words.push({ text: withoutEdges(text), tokens: [from, from + tokens] });
    from += tokens;
  }
  return words;
}

/** What is left of the words where only tokens before position `end` are kept. */
export function cutWords(words: readonly PromptWord[], end: number): PromptWord[] {
  return words.filter(({ tokens: [from] }) => from < end)
    .map(({ text, tokens: [from, to] }) => ({ text, tokens: [from, Math.min(to, end)] }));
}

/** The words that {@linkcode cutWords} leaves out or shortens, with the positions that they would have had. */
export function lostWords(words: readonly PromptWord[], end: number): PromptWord[] {
  return words.filter(({ tokens: [, to] }) => to > end);
}
