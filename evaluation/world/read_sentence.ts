/**
 * Words read back into sentences.
 *
 * @module
 */
import { type Noun, readNoun } from "./noun.ts";
import {
  type Link,
  type Relation,
  RELATIONS,
  type Sentence,
  type Side,
  SIDES,
  VERTICAL,
} from "./sentence.ts";

const ANY_RELATION = RELATIONS.join("|");
/** What stands between nouns; no object's name has such words in it. */
const BETWEEN = new RegExp(`( and (?:${ANY_RELATION}) |, | and | (?:${ANY_RELATION}) )`);
const AT_SIDE = new RegExp(`^(.+) at the (${SIDES.join("|")})$`);

const ROWS = new RegExp(`^(.+) (${VERTICAL.join("|")}) (.+)$`);

const isRelation = (words: string): words is Relation => RELATIONS.some((relation) => relation === words);
const isLink = (words: string): words is Link => words === "and" || isRelation(words);

function readSingle(words: string): Sentence | undefined {
  const [, before, side] = AT_SIDE.exec(words) ?? [];
  const noun = readNoun(before ?? words);
  return noun && { form: "single", nouns: [noun], ...(side && { side: side as Side }) };
}

function readThree(nouns: readonly [Noun, Noun, Noun], first: string, second: string): Sentence | undefined {
  if (first === "," && second === "and") return { form: "list", nouns };
  if (!isRelation(first)) return undefined;
  const [, also = ""] = /^and (.+)$/.exec(second) ?? [];
  if (isRelation(also)) return { form: "both", nouns, links: [first, also] };
  if (!isRelation(second)) return undefined;
  if (first === second) return { form: "line", nouns, links: [first] };
  return { form: "chain", nouns, links: [first, second] };
}

/** The nouns of "a cat, a dog and an owl" or "a cat and a dog"; undefined if it is no such list. */
function readList(words: string): Noun[] | undefined {
  const [, before, last] = /^(.+) and (.+)$/.exec(words) ?? [];
  if (last === undefined) return undefined;
  const nouns = [...before.split(", "), last].map(readNoun).filter((noun) => noun !== undefined);
  return nouns.length === before.split(", ").length + 1 ? nouns : undefined;
}

function readRows(words: string): Sentence | undefined {
  const [, over, link, under] = ROWS.exec(words) ?? [];
  if (over === undefined || !isRelation(link)) return undefined;
  const rows = [readList(over) ?? [], readList(under) ?? []], [first, second] = rows.map((row) => row.length);
  if ((first !== 2 && first !== 3) || (second !== 2 && second !== 3) || first + second < 5) return undefined;
  return { form: "rows", nouns: rows.flat(), first, links: [link] };
}

/** The sentence that these words say, in small letters and with single spaces; undefined if they say none. */
export function readSentence(words: string): Sentence | undefined {
  const parts = words.split(BETWEEN);
  if (parts.length === 1) return readSingle(words);
  if (parts.length >= 9) return readRows(words);
  const [a, b, c, d, ...more] = parts.filter((_, i) => i % 2 === 0).map(readNoun);
  const [first, second, third] = parts.filter((_, i) => i % 2 === 1).map((part) => part.trim());
  if (!a || !b || more.length) return undefined;
  if (parts.length === 3) return isLink(first) ? { form: "pair", nouns: [a, b], links: [first] } : undefined;
  if (!c) return undefined;
  if (parts.length === 5) return readThree([a, b, c], first, second);
  if (!d || !isLink(first) || !isRelation(second) || !isLink(third)) return undefined;
  return { form: "four", nouns: [a, b, c, d], links: [first, second, third] };
}
