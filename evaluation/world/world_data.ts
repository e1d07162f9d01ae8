/**
 * What the world is made of: words, colours and numbers, which training's `world.py` states and the judge's folder holds.
 *
 * @module
 */
import data from "../../models/pocket/judge/world.json" with { type: "json" };
import type { SceneKind } from "../scene.ts";

/** An object that can stand in a scene. */
export interface WorldObject {
  /** Whether the first grammar has it. */
  readonly first: boolean;
  /** What brings its drawing to the lightness that a tint needs. */
  readonly gain: number;
  /** Its plural, if that is not the name and an "s". */
  readonly plural?: string;
}

/** A number of a picture's pixels that depends on whether an object is the only one. */
export interface SizeEdge {
  readonly alone: number;
  readonly beside: number;
}

/** The world. Sizes and places in pixels of a 64x64 picture. */
export interface World {
  readonly objects: Readonly<Record<string, WorldObject>>;
  /** Backgrounds and tints: RGB, 0 to 255. */
  readonly colors: Readonly<Record<string, readonly number[]>>;
  readonly tints: readonly string[];
  readonly neverTinted: readonly string[];
  /** Tints and the objects that have them by nature, so that no scene asks for that. */
  readonly naturalTints: Readonly<Record<string, readonly string[]>>;
  /** What the bundled model never saw together: objects, by the one that is first in the alphabet; objects, by tint. */
  readonly heldOut: {
    readonly pairs: Readonly<Record<string, readonly string[]>>;
    readonly tints: Readonly<Record<string, readonly string[]>>;
  };
  /** "two" to "six". */
  readonly numbers: Readonly<Record<string, number>>;
  /** Where so many equal objects stand, when there are no others. */
  readonly counts: Readonly<
    Record<string, { readonly size: number; readonly x: readonly number[]; readonly y: readonly number[] }>
  >;
  /** The same for objects in a row. */
  readonly rows: Readonly<Record<string, { readonly size: number; readonly x: readonly number[] }>>;
  /** How often each kind of scene occurs in the full grammar: weights. */
  readonly shares: Readonly<Record<SceneKind, number>>;
  /** The sizes that objects are drawn in. */
  readonly sizes: readonly number[];
  /** How tints are made: weights of R, G and B in lightness, where lights begin to go to white, and how far. */
  readonly shading: { readonly luma: readonly number[]; readonly knee: number; readonly gloss: number };
  /** How the judge's output is read, and what counts as small and big. */
  readonly judge: {
    /** Pixels of a cell, cells of a side, pixels of a unit of size. */
    readonly cell: number;
    readonly grid: number;
    readonly sizeUnit: number;
    /** The least probability of a centre. */
    readonly present: number;
    readonly smallBelow: SizeEdge;
    readonly bigAbove: SizeEdge;
  };
}

/** The world that the bundled model was trained on. */
export const WORLD: World = data;

/** Width and height of a picture of the world, in pixels. */
export const SIZE = 64;

/** The names of all objects, in the judge's order. */
export const NAMES: readonly string[] = Object.keys(WORLD.objects);

/** The names of the first grammar's objects. */
export const FIRST_NAMES: readonly string[] = NAMES.filter((name) => WORLD.objects[name].first);

/** The names of the backgrounds, in the judge's order. */
export const COLORS: readonly string[] = Object.keys(WORLD.colors);

/** Whether an object is ever drawn in a tint. */
export function takesTint(name: string, tint: string): boolean {
  return !WORLD.neverTinted.includes(name) && !WORLD.naturalTints[tint]?.includes(name);
}

/** Whether a scene shows two objects, or an object in a tint, that the bundled model was never trained on together. */
export function isHeldOut(objects: readonly { readonly name: string; readonly tint?: string }[]): boolean {
  const { pairs, tints } = WORLD.heldOut;
  const tinted = ({ name, tint }: { name: string; tint?: string }) =>
    tint !== undefined && tints[tint]?.includes(name);
  return objects.some(({ name }) => objects.some((other) => pairs[name]?.includes(other.name))) ||
    objects.some(tinted);
}
