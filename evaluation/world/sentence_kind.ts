/**
 * Which sentences the grammar has.
 *
 * @module
 */
import type { SaidSize, SceneKind } from "../scene.ts";
import type { Noun } from "./noun.ts";
import { isHorizontal, type Link, type Sentence } from "./sentence.ts";
import { WORLD } from "./world_data.ts";

/** The sizes that two objects can be said to have. */
export const SIZE_PAIRS: readonly (readonly [SaidSize | undefined, SaidSize | undefined])[] = [
  ["big", "small"],
  ["small", "big"],
  ["small", undefined],
  [undefined, "small"],
  ["small", "small"],
];

const isPlain = ({ tint, said, count }: Noun) => tint === undefined && said === undefined && count === 1;

/** Whether some of the nouns are tinted, no two alike, and nothing else is said of any. */
function areTinted(nouns: readonly Noun[]): boolean {
  const tints = nouns.map(({ tint }) => tint).filter((tint) => tint !== undefined);
  const bare = nouns.every((noun) => isPlain({ ...noun, tint: undefined }));
  return bare && tints.length > 0 && new Set(tints).size === tints.length;
}

/** The kind of a square of objects: what it is without tints, or "bound" with them. */
function squareKind(nouns: readonly Noun[], kind: SceneKind): SceneKind | undefined {
  if (nouns.every(isPlain)) return kind;
  return areTinted(nouns) ? "bound" : undefined;
}

const crosses = (a: Link, b: Link) => isHorizontal(a) !== isHorizontal(b);

function pairKind([a, b]: readonly [Noun, Noun], link: Link): SceneKind | undefined {
  if (a.count > 1 || b.count > 1) {
    const inRow = Math.max(a.count, b.count) in WORLD.rows;
    return inRow && !isHorizontal(link) && [a, b].every((noun) => isPlain({ ...noun, count: 1 }))
      ? "counts"
      : undefined;
  }
  if (a.said || b.said) {
    const known = SIZE_PAIRS.some(([first, second]) => first === a.said && second === b.said);
    return known && !a.tint && !b.tint ? "sizes" : undefined;
  }
  if (a.tint || b.tint) return a.tint !== b.tint ? "tints" : undefined;
  return "two";
}

function singleKind({ tint, count, ...noun }: Noun, somewhere: boolean): SceneKind | undefined {
  if (count > 1) return somewhere ? undefined : "count";
  if (somewhere && !isPlain({ ...noun, tint, count })) return undefined;
  return tint ? "tint" : "one";
}

/** The kind of scene that a sentence describes; undefined if the grammar has no such sentence. */
export function kindOfSentence(sentence: Sentence): SceneKind | undefined {
  const { nouns } = sentence;
  if (new Set(nouns.map(({ name }) => name)).size < nouns.length) return undefined;
  switch (sentence.form) {
    case "single":
      return singleKind(sentence.nouns[0], sentence.side !== undefined);
    case "pair":
      return pairKind(sentence.nouns, sentence.links[0]);
    case "list":
    case "line":
      return nouns.every(isPlain) ? "three" : undefined;
    case "chain":
    case "both":
      return crosses(sentence.links[0], sentence.links[1]) ? squareKind(nouns, "three") : undefined;
    case "four": {
      const [first, between, last] = sentence.links;
      return crosses(first, between) && crosses(last, between) ? squareKind(nouns, "four") : undefined;
    }
    case "rows":
      if (isHorizontal(sentence.links[0]) || !areTinted(nouns)) return undefined;
      return nouns.length === 5 ? "five" : "six";
    default:
      return sentence satisfies never;
  }
}
