/**
 * What an evaluation found: plain data, which `winnow eval --json` prints.
 *
 * @module
 */
import type { DeviceName } from "../models/runtimes/runtime.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { SceneKind } from "./scene.ts";
import type { Estimate } from "./statistics/paired_bootstrap.ts";

/** A mean over prompts with its 95 % interval, and how it differs from that of the first setting on the same prompts. */
export interface Measure extends Estimate {
  /** This setting's mean less the first setting's, with the interval of the difference; 0 to 0 for the first itself. */
  readonly difference: Estimate;
}

/** How a setting does on some of the scenes. */
export interface Scores {
  /** How many scenes. */
  readonly prompts: number;
  /** The share of pictures with every object in its place, tint and said size, and nothing else; 0 to 1. */
  readonly right: Measure;
  /** The share with the same objects, wherever they stand. */
  readonly anywhere: Measure;
  /** The share whose background has the scene's colour. */
  readonly background: Measure;
  /** Distance to the nearest true drawing, in dB, of all pictures: wrong ones lower it. */
  readonly psnr: Measure;
}

/** What was found of one setting. */
export interface SettingReport {
  readonly name: string;
  /** The axes' values that it stands for. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly recipe: Omit<Recipe, "with">;
  readonly all: Scores;
  /** The kinds of scenes that there are, in the order of `SCENE_KINDS`. */
  readonly kinds: Readonly<Partial<Record<SceneKind, Scores>>>;
  /** Scenes that the bundled model was trained to draw, and those whose objects or tints it never saw together; null if
   * either of them is not there. */
  readonly trained: Scores | null;
  readonly heldOut: Scores | null;
  /**
   * Distance to the nearest true drawing, in dB, on the scenes that every setting has right: how well things are drawn,
   * apart from which. Null if there is no such scene.
   */
  readonly psnrWhereRight: (Measure & { readonly prompts: number }) | null;
  /** Null if it was not measured. */
  readonly diversity:
    | { readonly prompts: number; readonly distance: Measure; readonly arrangements: Measure }
    | null;
  /** Median milliseconds that a picture took, judging not included. */
  readonly ms: number;
}

/** What an evaluation found. */
export interface EvaluationReport {
  readonly winnow: string;
  readonly device: DeviceName;
  readonly seed: number;
  readonly negativePrompt?: string;
  readonly prompts: number;
  /** How many scenes of each kind. */
  readonly kinds: Readonly<Partial<Record<SceneKind, number>>>;
  /** How many of the scenes are held out. */
  readonly heldOut: number;
  /** Of all intervals: the share of them that hold what they estimate. */
  readonly level: number;
  /** The first one is what the others' differences refer to. */
  readonly settings: readonly SettingReport[];
}
