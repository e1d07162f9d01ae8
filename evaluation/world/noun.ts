/**
 * Objects as captions name them: "a small blue star", "three lemons".
 *
 * @module
 */
import type { SaidSize } from "../scene.ts";
import { NAMES, takesTint, WORLD } from "./world_data.ts";

/** One or several equal objects of a caption. */
export interface Noun {
  readonly name: string;
  /** The colour that the caption gives it. */
  readonly tint?: string;
  /** The size that the caption says. */
  readonly said?: SaidSize;
  /** How many there are. */
  readonly count: number;
}

/** The sizes that can be said. */
export const SAID_SIZES: readonly SaidSize[] = ["big", "small"];

/** With "a" or "an" before it. */
export function withArticle(words: string): string {
  return `${"aeiou".includes(words[0]) ? "an" : "a"} ${words}`;
}

const numberWords = new Map(Object.entries(WORLD.numbers).map(([word, number]) => [number, word]));

/** How captions name it. */
export function describeNoun({ name, tint, said, count }: Noun): string {
  if (count > 1) return `${numberWords.get(count)} ${WORLD.objects[name].plural ?? `${name}s`}`;
  return withArticle([said, tint, name].filter(Boolean).join(" "));
}

function everyNoun(): Noun[] {
  return NAMES.flatMap((name) => [
    ...[undefined, ...WORLD.tints.filter((tint) => takesTint(name, tint))].flatMap((tint) =>
      [undefined, ...SAID_SIZES].map((said): Noun => ({
        name,
        ...(tint && { tint }),
        ...(said && { said }),
        count: 1,
      }))
    ),
    ...Object.values(WORLD.numbers).map((count): Noun => ({ name, count })),
  ]);
}

let nouns: ReadonlyMap<string, Noun> | undefined;

/** What these words name; undefined if no caption has them. */
export function readNoun(words: string): Noun | undefined {
  nouns ??= new Map(everyNoun().map((noun) => [describeNoun(noun), noun]));
  return nouns.get(words);
}
