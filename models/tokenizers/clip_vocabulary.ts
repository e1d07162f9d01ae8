/**
 * The vocabulary and merges of a CLIP tokenizer, checked.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";

/** CLIP's vocabulary has 49152 entries before its special ones, 256 of them bytes; transformers reads no more merges. */
const MOST_MERGES = 49152 - 256 - 2;

const REMEDY = "Download or export the tokenizer's folder again.";

/** Token to id, of `vocab.json`. */
export function parseVocabulary(files: TokenizerFiles): Map<string, number> {
  const what = `${files.folder}/vocab.json`;
  const { vocabulary } = files;
  if (typeof vocabulary !== "object" || vocabulary === null || Array.isArray(vocabulary)) {
    throw new BundleError({
      doing: "read the tokenizer",
      what,
      rule: "an object of tokens and ids",
      got: vocabulary,
      remedy: REMEDY,
    });
  }
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(vocabulary)) {
    if (!Number.isSafeInteger(id) || id < 0) {
      throw new BundleError({
        doing: "read the tokenizer",
        what: `${what}: ${JSON.stringify(token)}`,
        rule: "an id: an integer of 0 or more",
        got: id,
        remedy: REMEDY,
      });
    }
    ids.set(token, id);
  }
  if (ids.size === 0) {
    throw new BundleError({ doing: "read the tokenizer", what, rule: "not empty", remedy: REMEDY });
  }
  return ids;
}

/** The pairs of `merges.txt`, by rank. Its first line is a header whatever it says, as transformers has it. */
export function parseMerges(files: TokenizerFiles): [string, string][] {
  const lines = (files.merges ?? "").replaceAll("\r\n", "\n").trim().split("\n");
  const merges: [string, string][] = [];
  for (const [i, line] of lines.slice(1, MOST_MERGES + 1).entries()) {
    const space = line.indexOf(" ");
    const left = line.slice(0, space), right = line.slice(space + 1);
    if (space < 1 || right === "" || /\s/.test(right)) {
      throw new BundleError({
        doing: "read the tokenizer",
        what: `line ${i + 2} of ${files.folder}/merges.txt`,
        rule: "two tokens with a space between them",
        got: line,
        remedy: REMEDY,
      });
    }
    merges.push([left, right]);
  }
  return merges;
}
