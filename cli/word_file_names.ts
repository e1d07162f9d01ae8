/**
 * Words as parts of file names.
 *
 * @module
 */

/** Far below what file systems take, in bytes too: a character may be four of them. */
const MOST_CHARACTERS = 40;

/** The word without what a file's name may not hold somewhere; its code points, where nothing is left. */
function safeName(word: string): string {
  const kept = word.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
  const codes = () =>
    [...word].map((character) => `u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`);
  return [...kept || codes().join("-")].slice(0, MOST_CHARACTERS).join("");
}

/**
 * A name for each word, of letters, digits and hyphens, no two alike: those that would be are numbered, `cat-1`,
 * `cat-2`, …
 *
 * @param taken Names that no word may have.
 */
export function wordFileNames(words: readonly string[], taken: readonly string[] = []): string[] {
  const names = words.map(safeName);
  const shared = Map.groupBy([...taken, ...names], (name) => name);
  const alone = (name: string) => shared.get(name)!.length === 1;
  const used = new Set([...taken, ...names.filter(alone)]);
  return names.map((name) => {
    if (alone(name)) return name;
    let number = 1;
    while (used.has(`${name}-${number}`)) number++;
    used.add(`${name}-${number}`);
    return `${name}-${number}`;
  });
}
