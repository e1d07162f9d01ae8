/**
 * A text's words as CLIP's slow tokenizer finds them: between white space, with special tokens anywhere in them.
 *
 * @module
 */
import { spaceClipText } from "./clip_words.ts";
import { splitAtTokens } from "./special_tokens.ts";

/** A stretch of a word: a special token, or what stands between those. */
export interface WordPart {
  readonly text: string;
  readonly special: boolean;
}

/**
 * Each word, as its one or more parts. White space is what it is after the clean-up, which takes control characters
 * away and sets ideographs apart.
 */
export function wordParts(text: string, special: ReadonlyMap<string, number>): WordPart[][] {
  const words: WordPart[][] = [[]];
  for (const piece of splitAtTokens(text, special.keys())) {
    if (special.has(piece)) {
      words.at(-1)!.push({ text: piece, special: true });
      continue;
    }
    // Without white space at its start a piece goes on with the word before it: its first stretch is not empty.
    const [first, ...others] = spaceClipText(piece).split(/\s+/u);
    if (first !== "") words.at(-1)!.push({ text: first, special: false });
    for (const other of others) words.push(other === "" ? [] : [{ text: other, special: false }]);
  }
  return words.filter((parts) => parts.length > 0);
}
