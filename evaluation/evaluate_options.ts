/**
 * What an evaluation is told.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import { readsNegativePrompt } from "../ops/guidance/guidance.ts";
import type { PipelineOptions } from "../pipeline/pipeline.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { Setting } from "./axes.ts";
import type { Scene } from "./scene.ts";

/** How far an evaluation has come. */
export interface EvaluationProgress {
  /** Pictures done, those of a resumed evaluation included. */
  readonly done: number;
  /** Of how many. */
  readonly total: number;
  /** The setting that is worked on. */
  readonly setting: string;
  readonly elapsedMs: number;
  /** Milliseconds that the pictures left will take, going by those made in this run. */
  readonly remainingMs: number;
}

/** Options of `evaluate` and `evaluatedPictures`. */
export interface EvaluateOptions extends
  Pick<
    PipelineOptions,
    "device" | "attentionForm" | "cacheDir" | "signal" | "onLoad" | "onFetch" | "onNotice"
  > {
  /** What is compared, the baseline first: `settingsOf(recipe, axes)`, or `plainSetting(recipe)` for each recipe. */
  readonly settings: readonly Setting[];
  /** What is drawn: `evaluationScenes(…)`, or `readCaption(…)` of captions in the grammar. */
  readonly scenes: readonly Scene[];
  /**
   * Seed of the first scene's noise, a whole number from 0 to 2³² − 1; scene i has the seed plus i under every setting.
   *
   * @default {0}
   */
  readonly seed?: number;
  /** What pictures should not show, under the settings that have guidance. */
  readonly negativePrompt?: string;
  /**
   * The first so many scenes are drawn from four seeds instead of one, for diversity; 0 leaves diversity out.
   *
   * @default {8}
   */
  readonly diversityScenes?: number;
  /**
   * Pictures that are made at once. Pictures do not depend on it (on WebGPU, but for rounding).
   *
   * @default {8}
   */
  readonly batch?: number;
  /** A folder that keeps every picture as PNG, and a row for each in `results.jsonl`. */
  readonly keep?: string;
  /**
   * Go on with what the folder `keep` has; if it has nothing, begin.
   *
   * @default {false}
   */
  readonly resume?: boolean;
  /** Called when pictures are done, and awaited. */
  readonly onProgress?: (progress: EvaluationProgress) => void | Promise<void>;
}
export const DEFAULT_SEED = 0;
export const DEFAULT_DIVERSITY_SCENES = 8;
export const DEFAULT_BATCH = 8;
export const DEFAULT_RESUME = false;

/** Whether a negative prompt would be read. */
export function takesNegative({ guidance }: Recipe): boolean {
  return readsNegativePrompt(guidance);
}

/** @throws {DomainError} if an option is out of range, or has no use. */
export function checkEvaluateOptions(options: EvaluateOptions): void {
  const check = (what: string, rule: string, holds: boolean, got: unknown) => {
    if (!holds) throw new DomainError({ doing: "evaluate", what, rule, got });
  };
  const { settings, scenes, negativePrompt, keep } = options;
  const { seed = DEFAULT_SEED, diversityScenes = DEFAULT_DIVERSITY_SCENES, batch = DEFAULT_BATCH } = options;
  check("seed", "a whole number from 0 to 2^32 - 1", seed >>> 0 === seed, seed);
  check("batch", "a whole number from 1", Number.isInteger(batch) && batch >= 1, batch);
  check(
    "diversityScenes",
    "a whole number from 0",
    Number.isInteger(diversityScenes) && diversityScenes >= 0,
    diversityScenes,
  );
  check("settings", "one or more", settings.length > 0, settings.length);
  check("scenes", "one or more", scenes.length > 0, scenes.length);
  const names = settings.map(({ name }) => name);
  check("the settings' names", "different", new Set(names).size === names.length, names);
  check(
    "negativePrompt",
    "absent, since no setting has guidance",
    negativePrompt === undefined || settings.some(({ recipe }) => takesNegative(recipe)),
    negativePrompt,
  );
  check(
    "resume",
    "used with keep, the folder that has what was done",
    !options.resume || keep !== undefined,
    true,
  );
}
