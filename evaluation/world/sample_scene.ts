/**
 * Scenes drawn at random from a grammar.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";
import type { Scene, SceneKind } from "../scene.ts";
import { makeScene } from "./make_scene.ts";
import { SAMPLERS } from "./sample_sentence.ts";
import { choose, chooseByWeight, type Random } from "./seeded_random.ts";
import { COLORS, FIRST_NAMES, NAMES, WORLD } from "./world_data.ts";

/** `"first"`: one or two of 64 objects; `"full"`: the grown world, of which the first is a part. */
export type Grammar = "first" | "full";

/** The kinds of scenes that a grammar has, and how often each occurs: weights. */
export const GRAMMAR_KINDS: Readonly<Record<Grammar, Readonly<Partial<Record<SceneKind, number>>>>> = {
  first: { one: 2, two: 3 },
  full: WORLD.shares,
};

/** Which scenes to draw. */
export interface SampleOptions {
  /** Only these kinds, in the grammar's proportions. Default: all that the grammar has. */
  readonly kinds?: readonly SceneKind[];
  /**
   * Only scenes that show what the bundled model never saw together (true), or only others (false). Default: as they
   * come, about one in three held out.
   */
  readonly heldOut?: boolean;
}

/** Kinds of one object in no tint, in which nothing is together with anything. */
const NEVER_HELD_OUT: readonly SceneKind[] = ["one", "count"];

/** How often a caption says the background's colour. */
const COLOR_SAID = 0.8;

/** Kinds and weights. */
function checkKinds(grammar: Grammar, { kinds, heldOut }: SampleOptions): [SceneKind, number][] {
  const doing = "draw a scene", known = GRAMMAR_KINDS[grammar];
  if (!known) {
    throw new DomainError({ doing, what: "the grammar", rule: "first or full", got: grammar });
  }
  const names = Object.keys(known) as SceneKind[];
  const chosen = kinds ? names.filter((kind) => kinds.includes(kind)) : names;
  if (kinds && (kinds.length === 0 || kinds.some((kind) => !names.includes(kind)))) {
    const rule = `some of ${names.join(", ")}, which the ${grammar} grammar has`;
    throw new DomainError({ doing, what: "kinds", rule, got: kinds });
  }
  if (heldOut && (grammar === "first" || chosen.every((kind) => NEVER_HELD_OUT.includes(kind)))) {
    throw new DomainError({
      doing: "draw a held-out scene",
      what: "the grammar and its kinds",
      rule: `the full grammar, with other kinds than ${NEVER_HELD_OUT.join(" and ")}`,
      got: { grammar, kinds: chosen },
      remedy: "Nothing in these scenes was held out from training.",
    });
  }
  return chosen.map((kind) => [kind, known[kind] as number]);
}

/**
 * Draws a scene.
 *
 * @throws {DomainError} The grammar has not got a kind, or none of the kinds can be held out.
 */
export function sampleScene(random: Random, grammar: Grammar, options: SampleOptions = {}): Scene {
  const kinds = checkKinds(grammar, options);
  const names = grammar === "first" ? FIRST_NAMES : NAMES;
  for (;;) {
    const kind = chooseByWeight(random, kinds);
    const sentence = SAMPLERS[kind](random, names);
    const said = random.next() < COLOR_SAID;
    const tints = sentence.nouns.map(({ tint }) => tint);
    const color = choose(random, COLORS.filter((color) => !tints.includes(color)));
    const scene = makeScene(kind, sentence, said ? color : undefined);
    if (options.heldOut === undefined || scene.heldOut === options.heldOut) return scene;
  }
}
