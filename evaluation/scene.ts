/**
 * What an evaluation knows of a picture before and after it is made.
 *
 * @module
 */

/** The nine places of a picture, as captions and results name them. */
export const PLACES = [
  "top left",
  "top",
  "top right",
  "left",
  "middle",
  "right",
  "bottom left",
  "bottom",
  "bottom right",
] as const;

/** Where in the picture something stands. */
export type Place = typeof PLACES[number];

/** A size that a caption says in words. */
export type SaidSize = "big" | "small";

/** An object of a scene. */
export interface SceneObject {
  /** As in captions, in the singular: "green apple". */
  readonly name: string;
  readonly place: Place;
  /** The colour that the caption gives it; absent if none. */
  readonly tint?: string;
  /** The size that the caption says; absent if none. */
  readonly said?: SaidSize;
  /** Width and height of its drawing, in pixels. */
  readonly size: number;
  /** Centre of its drawing, in pixels from the left and the top, before the jitter that a drawing allows. */
  readonly x: number;
  readonly y: number;
}

/** Kinds of scenes, from the easiest on; the first two are the first grammar. */
export const SCENE_KINDS = [
  "one",
  "two",
  "three",
  "four",
  "count",
  "counts",
  "tint",
  "tints",
  "sizes",
  "bound",
  "five",
  "six",
] as const;

/** A kind of scene. */
export type SceneKind = typeof SCENE_KINDS[number];

/** A scene that a caption describes, so that a picture of it can be judged. */
export interface Scene {
  readonly kind: SceneKind;
  readonly caption: string;
  readonly objects: readonly SceneObject[];
  /** The background's colour. */
  readonly color: string;
  /** Whether it shows two objects, or an object in a tint, that the bundled model was never trained on together. */
  readonly heldOut: boolean;
}

/** An object that a judge sees in a picture. */
export interface SeenObject {
  readonly name: string;
  readonly place: Place;
  readonly tint?: string;
  /** Width of its drawing and its centre, in pixels. */
  readonly size: number;
  readonly x: number;
  readonly y: number;
}

/** What a judge sees in a picture. */
export interface Seen {
  readonly objects: readonly SeenObject[];
  readonly color: string;
}

/** How a picture compares with its scene. */
export interface Verdict {
  /** Every object in its place, in the tint and the size that the caption says, and nothing else. */
  readonly right: boolean;
  /** The same objects, wherever they stand. */
  readonly anywhere: boolean;
  /** The background has the scene's colour. */
  readonly background: boolean;
}
