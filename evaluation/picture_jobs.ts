/**
 * Which pictures an evaluation makes, in which order, from which seeds.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import { type Grammar, GRAMMAR_KINDS, sampleScene } from "./world/sample_scene.ts";
import { seededRandom } from "./world/seeded_random.ts";
import type { Scene, SceneKind } from "./scene.ts";

/** At or above any number of scenes, so that no two pictures of a setting share their noise. */
const REPEAT_STRIDE = 1_000_000;

/** How to draw the scenes of an evaluation. */
export interface SceneOptions {
  /**
   * Which grammar: `"first"`, one or two objects, or `"full"`, the grown world.
   *
   * @default {"full"}
   */
  readonly grammar?: Grammar;
  /** Only these kinds, each once. Default: all of the grammar's. */
  readonly kinds?: readonly SceneKind[];
  /**
   * How many scenes.
   *
   * @default {200}
   */
  readonly prompts?: number;
  /**
   * A whole number; seeds that are equal modulo 2³² give the same scenes.
   *
   * @default {0}
   */
  readonly seed?: number;
}
export const DEFAULT_GRAMMAR: Grammar = "full";
export const DEFAULT_PROMPTS = 200;
export const DEFAULT_SEED = 0;

/**
 * Scenes for an evaluation. Kinds take turns, so that each has as many scenes as the others (or one more); within a
 * kind, held-out scenes come as often as they do by nature. More scenes from the same seed begin with the same ones.
 *
 * @throws {DomainError} if `prompts` is no whole number from 1, or the grammar has not got a kind.
 */
export function evaluationScenes(options: SceneOptions = {}): Scene[] {
  const { grammar = DEFAULT_GRAMMAR, kinds, prompts = DEFAULT_PROMPTS, seed = DEFAULT_SEED } = options;
  if (!Number.isInteger(prompts) || prompts < 1 || prompts > REPEAT_STRIDE) {
    const rule = `a whole number from 1 to ${REPEAT_STRIDE}`;
    throw new DomainError({ doing: "draw the scenes", what: "prompts", rule, got: prompts });
  }
  const random = seededRandom(seed);
  const all = Object.keys(GRAMMAR_KINDS[grammar] ?? {}) as SceneKind[];
  const turns = kinds === undefined ? all : [...new Set(kinds)];
  if (turns.length === 0) return [sampleScene(random, grammar, { kinds: [] })]; // which says what is wrong
  return Array.from(
    { length: prompts },
    (_, i) => sampleScene(random, grammar, { kinds: [turns[i % turns.length]] }),
  );
}

/** A picture that an evaluation makes. */
export interface PictureJob {
  /** Index of the setting. */
  readonly setting: number;
  /** Index of the scene. */
  readonly index: number;
  /** 0 for the picture that is scored; 1, 2, … for those that only tell of diversity. */
  readonly repeat: number;
  /** Of its noise. */
  readonly seed: number;
  /** The file that keeps it, below the folder: `"02/0017.png"`, `"02/0017-2.png"`. */
  readonly image: string;
}

/** Pictures of each scene whose diversity is measured, the scored one among them. */
export const DIVERSITY_SEEDS = 4;

/** Digits of a scene's number in a file's name. */
const SCENE_DIGITS = 4;

/**
 * All pictures of an evaluation, in the order in which they are reported: setting by setting, and in each the scored
 * ones first. Every setting has the same scenes with the same seeds.
 *
 * @param diversityScenes The first so many scenes are drawn from four seeds rather than one.
 */
export function pictureJobs(
  settings: number,
  scenes: number,
  seed: number,
  diversityScenes: number,
): PictureJob[] {
  const job = (setting: number, index: number, repeat: number): PictureJob => {
    const number = String(index + 1).padStart(SCENE_DIGITS, "0");
    const again = repeat === 0 ? "" : `-${repeat + 1}`;
    return {
      setting,
      index,
      repeat,
      seed: seed + repeat * REPEAT_STRIDE + index,
      image: `${String(setting + 1).padStart(2, "0")}/${number}${again}.png`,
    };
  };
  const count = (n: number) => Array.from({ length: n }, (_, i) => i);
  return count(settings).flatMap((setting) => [
    ...count(scenes).map((index) => job(setting, index, 0)),
    ...count(Math.min(diversityScenes, scenes)).flatMap((index) =>
      count(DIVERSITY_SEEDS - 1).map((i) => job(setting, index, i + 1))
    ),
  ]);
}
