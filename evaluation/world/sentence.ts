/**
 * What captions say, their background aside: objects and how they stand to each other.
 *
 * @module
 */
import { describeNoun, type Noun } from "./noun.ts";

/** Side by side. */
export const HORIZONTAL = ["left of", "right of"] as const;
/** One over the other. */
export const VERTICAL = ["above", "below"] as const;
/** How one object stands to another. */
export const RELATIONS = [...HORIZONTAL, ...VERTICAL] as const;
/** How one object stands to another. */
export type Relation = typeof RELATIONS[number];
/** A relation, or "and", which means left of. */
export type Link = Relation | "and";

/** Where a single object can be said to stand. */
export const SIDES = ["left", "right", "top", "bottom"] as const;
/** Where a single object can be said to stand. */
export type Side = typeof SIDES[number];

/** What a caption says. */
export type Sentence =
  /** "a cat", "three lemons"; "a cat at the left". */
  | { readonly form: "single"; readonly nouns: readonly [Noun]; readonly side?: Side }
  /** "a cat above a dog". */
  | { readonly form: "pair"; readonly nouns: readonly [Noun, Noun]; readonly links: readonly [Link] }
  /** "a cat, a dog and an owl": in a row. */
  | { readonly form: "list"; readonly nouns: readonly [Noun, Noun, Noun] }
  /** "a cat above a dog above an owl": in a row. */
  | {
    readonly form: "line";
    readonly nouns: readonly [Noun, Noun, Noun];
    readonly links: readonly [Relation];
  }
  /** "a cat left of a dog above an owl": the second over the third. */
  | {
    readonly form: "chain";
    readonly nouns: readonly [Noun, Noun, Noun];
    readonly links: readonly [Relation, Relation];
  }
  /** "a cat left of a dog and above an owl": the first beside the second and over the third. */
  | {
    readonly form: "both";
    readonly nouns: readonly [Noun, Noun, Noun];
    readonly links: readonly [Relation, Relation];
  }
  /** "a cat left of a dog above an owl and a bee": a pair over a pair. */
  | {
    readonly form: "four";
    readonly nouns: readonly [Noun, Noun, Noun, Noun];
    readonly links: readonly [Link, Relation, Link];
  }
  /** "a cat, a dog and an owl above a bee and a key": rows of three and two, in either order, or of three and three. */
  | {
    readonly form: "rows";
    /** Five or six, row by row. */
    readonly nouns: readonly Noun[];
    /** How many stand in the row that is said first. */
    readonly first: 2 | 3;
    readonly links: readonly [Relation];
  };

/** Whether a relation is one of left and right; "and" is. */
export function isHorizontal(link: Link): boolean {
  return link === "and" || link === "left of" || link === "right of";
}

/** The relation seen from the other object. */
export function opposite(link: Link): Relation {
  switch (link) {
    case "and":
    case "left of":
      return "right of";
    case "right of":
      return "left of";
    case "above":
      return "below";
    case "below":
      return "above";
    default:
      return link satisfies never;
  }
}

/** The nouns of each of two rows. */
export function rowsOf({ nouns, first }: Sentence & { readonly form: "rows" }): readonly Noun[][] {
  return [nouns.slice(0, first), nouns.slice(first)];
}

const listOf = (words: readonly string[]) => `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** The sentence in words. */
export function describeSentence(sentence: Sentence): string {
  const [a, b, c, d] = sentence.nouns.map(describeNoun);
  switch (sentence.form) {
    case "single":
      return sentence.side ? `${a} at the ${sentence.side}` : a;
    case "pair":
      return `${a} ${sentence.links[0]} ${b}`;
    case "list":
      return `${a}, ${b} and ${c}`;
    case "line":
      return `${a} ${sentence.links[0]} ${b} ${sentence.links[0]} ${c}`;
    case "chain":
      return `${a} ${sentence.links[0]} ${b} ${sentence.links[1]} ${c}`;
    case "both":
      return `${a} ${sentence.links[0]} ${b} and ${sentence.links[1]} ${c}`;
    case "four":
      return `${a} ${sentence.links[0]} ${b} ${sentence.links[1]} ${c} ${sentence.links[2]} ${d}`;
    case "rows":
      return rowsOf(sentence).map((row) => listOf(row.map(describeNoun))).join(` ${sentence.links[0]} `);
    default:
      return sentence satisfies never;
  }
}
