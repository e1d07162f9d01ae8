/**
 * Words as parts of file names.
 *
 * @module
 */

/** Far below what file systems take, in bytes too: a character may be four of them. */
const MOST_CHARACTERS = 40;

/** What is neither letter nor digit, with the marks on it: an emoji's variation selector alone would not be seen. */
const UNSAFE = /[^\p{L}\p{M}\p{N}]+\p{M}*|^\p{M}+/gu;

/** The word without what a file's name may not hold somewhere; its code points, where nothing is left. */
function safeName(word: string): string {
  const kept = word.normalize("NFC").toLowerCase().replace(UNSAFE, "-").replace(/^-+|-+$/g, "");
  const codes = () =>
    [...word].map((character) => `u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`);
  return [...kept || codes().join("-")].slice(0, MOST_CHARACTERS).join("").normalize("NFC");
}

/** Equal for names that some file system takes for one: alike but for case, or but for how accents are spelt. */
function sameFile(name: string): string {
  return name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/**
 * A name for each word, of letters, digits and hyphens, no two alike on any file system: those that would be are numbered,
 * `cat-1`, `cat-2`, …
 *
 * They are parts of names: a file of one alone could be a device (`con`) or look empty elsewhere.
 *
 * @param taken Names that no word may have.
 */
export function wordFileNames(words: readonly string[], taken: readonly string[] = []): string[] {
  const names = words.map(safeName);
  const shared = Map.groupBy([...taken, ...names], sameFile);
  const alone = (name: string) => shared.get(sameFile(name))!.length === 1;
  const used = new Set([...taken, ...names.filter(alone)].map(sameFile));
  return names.map((name) => {
    if (alone(name)) return name;
    let number = 1;
    while (used.has(sameFile(`${name}-${number}`))) number++;
    used.add(sameFile(`${name}-${number}`));
    return `${name}-${number}`;
  });
}
