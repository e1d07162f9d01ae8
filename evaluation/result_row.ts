/**
 * What is known of one picture of an evaluation: a line of `results.jsonl`.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import type { Recipe } from "../recipes/recipes.ts";
import { PLACES, SCENE_KINDS, type SceneKind, type SceneObject, type Seen } from "./scene.ts";

/** One picture: what was asked for, how it was made, what the judge sees in it. */
export interface ResultRow {
  /** The PNG file, below the folder that keeps it. */
  readonly image: string;
  readonly prompt: string;
  readonly scene: { readonly objects: readonly SceneObject[]; readonly color: string };
  readonly kind: SceneKind;
  readonly heldOut: boolean;
  /** Index of the scene, from 0. */
  readonly index: number;
  /** 0 for the picture that is scored; 1, 2, … for those that only tell of diversity. */
  readonly repeat: number;
  readonly seed: number;
  /** The setting's name. */
  readonly setting: string;
  /** The setting: its recipe. */
  readonly settings: Omit<Recipe, "with">;
  readonly seen: Seen;
  readonly right: boolean;
  readonly anywhere: boolean;
  readonly background: boolean;
  /** Distance to the nearest true drawing of the scene, in dB. */
  readonly psnr: number;
  /** Milliseconds that generating it took: those of its batch by the pictures in it. */
  readonly ms: number;
}

const seenObject = z.object({
  name: z.string(),
  place: z.enum(PLACES),
  tint: z.string().optional(),
  size: z.number(),
  x: z.number(),
  y: z.number(),
});

/** Rows as they are read back. Whatever else a row holds is left out. */
export const resultRowSchema = z.object({
  image: z.string(),
  prompt: z.string(),
  scene: z.object({
    objects: z.array(seenObject.extend({ said: z.enum(["big", "small"]).optional() })),
    color: z.string(),
  }),
  kind: z.enum(SCENE_KINDS),
  heldOut: z.boolean(),
  index: z.int().min(0),
  repeat: z.int().min(0),
  seed: z.number(),
  setting: z.string(),
  settings: z.looseObject({}),
  seen: z.object({ objects: z.array(seenObject), color: z.string() }),
  right: z.boolean(),
  anywhere: z.boolean(),
  background: z.boolean(),
  psnr: z.number(),
  ms: z.number(),
});
