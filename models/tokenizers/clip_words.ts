/**
 * CLIP's text clean-up and its split into words, as transformers' `CLIPTokenizer` does them where `ftfy` is not
 * installed (`BasicTokenizer`, then one regular expression).
 *
 * @module
 */

/** Removed: NUL is among the control characters, U+FFFD is not. Everything of Unicode's category C but tab, LF, CR. */
const CONTROL = /[\p{C}\uFFFD]/gu;
const LINE_WHITESPACE = /[\t\n\r]/g;

/** What `BasicTokenizer` calls a Chinese character: the unified and compatibility ideographs; kana and hangul are not. */
const IDEOGRAPH =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

/** The first half of the clean-up, case kept: control characters removed, ideographs set apart by spaces, NFC. */
export function spaceClipText(text: string): string {
  return text
    .replace(LINE_WHITESPACE, " ")
    .replace(CONTROL, "")
    .replace(IDEOGRAPH, " $& ")
    .normalize("NFC");
}

/**
 * Clean-up of a prompt: control characters removed, ideographs set apart by spaces, NFC, lower case, whitespace
 * collapsed to single spaces and trimmed.
 *
 * Word for word, because lower-casing a sigma looks at its neighbours.
 */
export function cleanClipText(text: string): string {
  return spaceClipText(text).split(/\s+/u).filter((word) => word !== "").map((word) => word.toLowerCase())
    .join(" ");
}

/**
 * CLIP's pre-tokenizer: special tokens, English contractions, runs of letters, single digits, runs of the rest.
 *
 * Python's pattern ignores case as a whole, though the text is lower-cased before. Two characters are left which that
 * concerns: the long s (U+017F) is lower case and folds to "s"; the iota subscript U+0345 is a mark which folds to a
 * letter, so that Python finds it neither among the letters nor outside of them, and drops it.
 */
const WORD =
  /<\|[sſ]tartoftext\|>|<\|endoftext\|>|'[sſ]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}\u0345]+/gu;

/** The words of a text that {@linkcode cleanClipText} has cleaned; whatever matches none of the kinds is dropped. */
export function splitClipWords(cleaned: string): string[] {
  return cleaned.match(WORD) ?? [];
}
