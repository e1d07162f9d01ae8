/**
 * Where the objects of a sentence stand, and how large they are.
 *
 * @module
 */
import type { SaidSize, SceneObject } from "../scene.ts";
import type { Noun } from "./noun.ts";
import { placeOf } from "./place_of.ts";
import {
  isHorizontal,
  type Link,
  opposite,
  type Relation,
  rowsOf,
  type Sentence,
  type Side,
} from "./sentence.ts";
import { WORLD } from "./world_data.ts";

type Point = readonly [x: number, y: number];

const [CENTER] = WORLD.rows[1].x, PAIR = WORLD.rows[2], ROW = WORLD.rows[3];

/** Pixels of an object in the middle, and of one of two, by what is said of its size. */
const ALONE = { big: 48, small: 24, unsaid: 40 }, BESIDE = { big: 34, small: 20, unsaid: PAIR.size };

const RELATION_OF_SIDE: Readonly<Record<Side, Relation>> = {
  left: "left of",
  right: "right of",
  top: "above",
  bottom: "below",
};

const sizeOf = (sizes: Readonly<Record<SaidSize | "unsaid", number>>, noun: Noun) =>
  sizes[noun.said ?? "unsaid"];

function standing({ name, tint, said }: Noun, size: number, [x, y]: Point): SceneObject {
  return { name, place: placeOf(x, y), ...(tint && { tint }), ...(said && { said }), size, x, y };
}

/** The coordinate of what stands so to something else: near the picture's start or its end. */
const quarter = (link: Link) => PAIR.x[link === "left of" || link === "above" || link === "and" ? 0 : 1];

/** Where something stands that is so to something else, alone with it in the picture. */
const half = (link: Link): Point => isHorizontal(link) ? [quarter(link), CENTER] : [CENTER, quarter(link)];

/** Where something stands that is so to two others, one relation being horizontal and one vertical. */
const corner = (a: Link, b: Link): Point =>
  isHorizontal(a) ? [quarter(a), quarter(b)] : [quarter(b), quarter(a)];

function arrangeSingle(noun: Noun, side?: Side): SceneObject[] {
  if (side) return [standing(noun, PAIR.size, half(RELATION_OF_SIDE[side]))];
  if (noun.count === 1) return [standing(noun, sizeOf(ALONE, noun), [CENTER, CENTER])];
  const { size, x, y } = WORLD.counts[noun.count];
  return x.map((x, i) => standing(noun, size, [x, y[i]]));
}

function arrangePair(nouns: readonly [Noun, Noun], link: Link): SceneObject[] {
  const links = [link, opposite(link)];
  if (nouns.every(({ count }) => count === 1)) {
    return nouns.map((noun, i) => standing(noun, sizeOf(BESIDE, noun), half(links[i])));
  }
  return nouns.flatMap((noun, i) => {
    const { x, size } = WORLD.rows[noun.count];
    return x.map((x) => standing(noun, size, [x, quarter(links[i])]));
  });
}

/** Where three objects stand; the horizontal relation may come first or second. */
function threePoints(form: "chain" | "both", first: Relation, second: Relation): Point[] {
  const here = corner(first, second), beside = corner(opposite(first), second);
  const last = form === "both" ? corner(first, opposite(second)) : corner(opposite(first), opposite(second));
  return [here, beside, last];
}

/** The objects that a sentence of the grammar describes, in its order. */
export function arrangeObjects(sentence: Sentence): SceneObject[] {
  const at = (points: readonly Point[], size: number) =>
    sentence.nouns.map((noun, i) => standing(noun, size, points[i]));
  switch (sentence.form) {
    case "single":
      return arrangeSingle(sentence.nouns[0], sentence.side);
    case "pair":
      return arrangePair(sentence.nouns, sentence.links[0]);
    case "list":
      return at(ROW.x.map((x) => [x, CENTER]), ROW.size);
    case "line": {
      const [link] = sentence.links;
      const order = link === "left of" || link === "above" ? ROW.x : ROW.x.toReversed();
      return at(order.map((v) => isHorizontal(link) ? [v, CENTER] : [CENTER, v]), ROW.size);
    }
    case "chain":
    case "both":
      return at(threePoints(sentence.form, ...sentence.links), PAIR.size);
    case "four": {
      const [first, between, last] = sentence.links;
      const pairs = [[first, between], [last, opposite(between)]] as const;
      return at(pairs.flatMap(([a, b]) => [corner(a, b), corner(opposite(a), b)]), PAIR.size);
    }
    case "rows": {
      const [link] = sentence.links;
      return rowsOf(sentence).flatMap((row, i) => {
        const { x, size } = WORLD.rows[row.length];
        const y = quarter(i === 0 ? link : opposite(link));
        return row.map((noun, k) => standing(noun, size, [x[k], y]));
      });
    }
    default:
      return sentence satisfies never;
  }
}
