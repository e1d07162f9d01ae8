/**
 * Captions read back into the scenes that they describe.
 *
 * @module
 */
import type { Scene } from "../scene.ts";
import { makeScene } from "./make_scene.ts";
import { withArticle } from "./noun.ts";
import { readSentence } from "./read_sentence.ts";
import { kindOfSentence } from "./sentence_kind.ts";
import { COLORS } from "./world_data.ts";

/**
 * The scene that a caption describes; undefined if the full grammar has no such caption. Case and spacing do not
 * matter, as they do not to the model.
 */
export function readCaption(caption: string): Scene | undefined {
  const words = caption.toLowerCase().trim().replaceAll(/\s+/g, " ");
  const color = COLORS.find((color) => words.endsWith(` on ${withArticle(color)} background`));
  const said = color ? words.slice(0, words.lastIndexOf(" on ")) : words;
  const sentence = readSentence(said);
  const kind = sentence && kindOfSentence(sentence);
  // A tinted object on a background of the same colour could not be told from it.
  if (!kind || sentence.nouns.some(({ tint }) => tint !== undefined && tint === color)) return undefined;
  return makeScene(kind, sentence, color, caption);
}
