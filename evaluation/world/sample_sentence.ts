/**
 * Sentences drawn at random, as training draws them.
 *
 * @module
 */
import type { SceneKind } from "../scene.ts";
import type { Noun } from "./noun.ts";
import { choose, chooseSome, type Random } from "./seeded_random.ts";
import {
  describeSentence,
  HORIZONTAL,
  type Link,
  RELATIONS,
  type Sentence,
  SIDES,
  VERTICAL,
} from "./sentence.ts";
import { SIZE_PAIRS } from "./sentence_kind.ts";
import { takesTint, WORLD } from "./world_data.ts";

type Sampler = (random: Random, names: readonly string[]) => Sentence;

const LINKS: readonly Link[] = [...RELATIONS, "and"];

/** Of single objects: how many have no size or side said, are big, are small; the others stand at a side. */
const PLAIN = 0.4, BIG = 0.2, SMALL = 0.2;
/** How often two objects are joined by "and". */
const AND = 0.25;
/** How often four objects are two pairs side by side, one over the other. */
const PAIRS_OVER = 0.6;
/** Of scenes in which several objects are tinted, how many have four; and how often each object is. */
const BOUND_FOUR = 0.7, TINTED = 0.6;

const plain = (name: string): Noun => ({ name, count: 1 });

function sampleOne(random: Random, names: readonly string[]): Sentence {
  const name = choose(random, names), what = random.next();
  if (what < PLAIN) return { form: "single", nouns: [plain(name)] };
  if (what < PLAIN + BIG) return { form: "single", nouns: [{ name, said: "big", count: 1 }] };
  if (what < PLAIN + BIG + SMALL) return { form: "single", nouns: [{ name, said: "small", count: 1 }] };
  return { form: "single", nouns: [plain(name)], side: choose(random, SIDES) };
}

function sampleTwo(random: Random, names: readonly string[]): Sentence {
  const [a, b] = chooseSome(random, names, 2).map(plain);
  const relation = choose(random, RELATIONS);
  return { form: "pair", nouns: [a, b], links: [random.next() < AND ? "and" : relation] };
}

function sampleThree(random: Random, names: readonly string[]): Sentence {
  const [a, b, c] = chooseSome(random, names, 3).map(plain);
  const nouns = [a, b, c] as const;
  const form = choose(random, ["list", "line", "chain", "chain", "both", "both"] as const);
  if (form === "list") return { form, nouns };
  if (form === "line") return { form, nouns, links: [choose(random, RELATIONS)] };
  const across = choose(random, HORIZONTAL), over = choose(random, VERTICAL);
  return { form, nouns, links: random.next() < 0.5 ? [across, over] : [over, across] };
}

function sampleFour(random: Random, names: readonly string[]): Sentence {
  const [a, b, c, d] = chooseSome(random, names, 4).map(plain);
  const inner: readonly Link[] = random.next() < PAIRS_OVER ? [...HORIZONTAL, "and"] : VERTICAL;
  const outer = inner === VERTICAL ? HORIZONTAL : VERTICAL;
  const links = [choose(random, inner), choose(random, outer), choose(random, inner)] as const;
  return { form: "four", nouns: [a, b, c, d], links };
}

function sampleCount(random: Random, names: readonly string[]): Sentence {
  const count = choose(random, Object.values(WORLD.numbers));
  return { form: "single", nouns: [{ name: choose(random, names), count }] };
}

function sampleCounts(random: Random, names: readonly string[]): Sentence {
  const [a, b] = chooseSome(random, names, 2);
  const rows = Object.keys(WORLD.rows).map(Number);
  const [n, m] = choose(random, rows.flatMap((n) => rows.map((m) => [n, m])).filter(([n, m]) => n + m > 2));
  const nouns = [{ name: a, count: n }, { name: b, count: m }] as const;
  return { form: "pair", nouns, links: [choose(random, VERTICAL)] };
}

function sampleTinted(
  random: Random,
  names: readonly string[],
): { name: string; tint: string; count: number } {
  for (;;) {
    const name = choose(random, names), tint = choose(random, WORLD.tints);
    if (takesTint(name, tint)) return { name, tint, count: 1 };
  }
}

function sampleTint(random: Random, names: readonly string[]): Sentence {
  const noun = sampleTinted(random, names);
  const said = choose(random, [undefined, undefined, "big", "small"] as const);
  return { form: "single", nouns: [said ? { ...noun, said } : noun] };
}

function sampleTints(random: Random, names: readonly string[]): Sentence {
  for (;;) {
    const a = sampleTinted(random, names), b = sampleTinted(random, names);
    if (a.name === b.name || a.tint === b.tint) continue;
    const which = choose(random, ["first", "second", "both", "both"] as const);
    const nouns = [which === "second" ? plain(a.name) : a, which === "first" ? plain(b.name) : b] as const;
    return { form: "pair", nouns, links: [choose(random, LINKS)] };
  }
}

function sampleSizes(random: Random, names: readonly string[]): Sentence {
  const chosen = chooseSome(random, names, 2), words = choose(random, SIZE_PAIRS);
  const [a, b] = chosen.map((name, i): Noun => words[i] ? { name, said: words[i], count: 1 } : plain(name));
  return { form: "pair", nouns: [a, b], links: [choose(random, LINKS)] };
}

/** The nouns, each with a tint of its own as often as `TINTED` says; at least one gets one. */
function tintMost<N extends readonly Noun[]>(random: Random, nouns: N): N {
  for (;;) {
    const free = chooseSome(random, WORLD.tints, WORLD.tints.length);
    const tinted = nouns.map((noun) => {
      if (random.next() >= TINTED) return noun;
      const i = free.findIndex((tint) => takesTint(noun.name, tint));
      return i < 0 ? noun : { ...noun, tint: free.splice(i, 1)[0] };
    });
    if (tinted.some(({ tint }) => tint)) return tinted as readonly Noun[] as N;
  }
}

function sampleBound(random: Random, names: readonly string[]): Sentence {
  const sample = random.next() < BOUND_FOUR ? sampleFour : sampleThree;
  for (;;) {
    const sentence = sample(random, names);
    if (sentence.form === "chain" || sentence.form === "both") {
      return { ...sentence, nouns: tintMost(random, sentence.nouns) };
    }
    if (sentence.form === "four") return { ...sentence, nouns: tintMost(random, sentence.nouns) };
  }
}

function sampleFive(random: Random, names: readonly string[]): Sentence {
  const nouns = tintMost(random, chooseSome(random, names, 5).map(plain));
  return { form: "rows", nouns, first: choose(random, [2, 3] as const), links: [choose(random, VERTICAL)] };
}

/** Words and commas of a sentence that leaves room for a background in what the bundled model's text encoder reads. */
const MOST_WORDS = 26;

function sampleSix(random: Random, names: readonly string[]): Sentence {
  for (;;) {
    const nouns = tintMost(random, chooseSome(random, names, 6).map(plain));
    const sentence: Sentence = { form: "rows", nouns, first: 3, links: [choose(random, VERTICAL)] };
    if ((describeSentence(sentence).match(/\w+|,/g) ?? []).length <= MOST_WORDS) return sentence;
  }
}

/** How the sentence of each kind is drawn, given the names of the objects to draw from. */
export const SAMPLERS: Readonly<Record<SceneKind, Sampler>> = {
  one: sampleOne,
  two: sampleTwo,
  three: sampleThree,
  four: sampleFour,
  count: sampleCount,
  counts: sampleCounts,
  tint: sampleTint,
  tints: sampleTints,
  sizes: sampleSizes,
  bound: sampleBound,
  five: sampleFive,
  six: sampleSix,
};
