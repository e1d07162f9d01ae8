/**
 * What makes two evaluations the same, so that one can go on where the other stopped.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { POCKET_JUDGE_MANIFEST_SHA256 } from "../models/pocket/pocket_judge.ts";
import { VERSION } from "../pipeline/version.ts";
import type { Setting } from "./axes.ts";
import type { Scene } from "./scene.ts";

/** Everything that the pictures and the judge's word on them depend on, but for the models' files. */
export interface EvaluationIdentity {
  readonly format: 1;
  readonly winnow: string;
  /** SHA-256 of the judge's manifest. */
  readonly judge: string;
  readonly device: DeviceName;
  readonly seed: number;
  readonly negativePrompt: string | null;
  /** Scenes that are drawn from several seeds. */
  readonly diversityScenes: number;
  readonly prompts: number;
  /** SHA-256 of the scenes' captions. */
  readonly captions: string;
  readonly settings: readonly { readonly name: string; readonly recipe: Setting["recipe"] }[];
}

/** The version of the folder's format. */
const FORMAT = 1;

/** Puts together what an evaluation depends on. */
export function evaluationIdentity(
  of: Pick<EvaluationIdentity, "device" | "seed" | "negativePrompt" | "diversityScenes"> & {
    readonly scenes: readonly Scene[];
    readonly settings: readonly Setting[];
  },
): EvaluationIdentity {
  const { device, seed, negativePrompt, diversityScenes, scenes, settings } = of;
  const captions = scenes.map(({ caption }) => `${caption}\n`).join("");
  return {
    format: FORMAT,
    winnow: VERSION,
    judge: POCKET_JUDGE_MANIFEST_SHA256,
    device,
    seed,
    negativePrompt,
    diversityScenes,
    prompts: scenes.length,
    captions: createHash("sha256").update(captions).digest("hex"),
    settings: settings.map(({ name, recipe }) => ({ name, recipe })),
  };
}

/** A field that differs between two evaluations. */
export interface IdentityDifference {
  /** The field's path: `"seed"`, `"settings[1].recipe.attention.lambda"`. */
  readonly what: string;
  readonly now: unknown;
  readonly before: unknown;
}

/** The first field in which what is asked for now differs from what a file says; undefined if they are the same. */
export function identityDifference(now: EvaluationIdentity, before: unknown): IdentityDifference | undefined {
  return difference(JSON.parse(JSON.stringify(now)), before, "");
}

function difference(now: unknown, before: unknown, path: string): IdentityDifference | undefined {
  if (isObject(now) && isObject(before)) {
    for (const key of new Set([...Object.keys(now), ...Object.keys(before)])) {
      const inner = Array.isArray(now) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      const found = difference(now[key], before[key], inner);
      if (found) return found;
    }
    return undefined;
  }
  if (now === before) return undefined;
  return { what: path === "" ? "the evaluation" : path, now: now ?? null, before: before ?? null };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
