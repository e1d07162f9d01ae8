/**
 * The true drawing of a scene.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";
import type { Scene, SceneObject } from "../scene.ts";
import type { Sprites } from "./sprites.ts";
import { SIZE, WORLD } from "./world_data.ts";

/** By how many pixels an object is moved, x to the right and y down. */
export type Offset = readonly [x: number, y: number];

const CHANNELS = 3;
const WHITE = 255;
/** Objects up to this size move by one pixel at most, larger ones by two. */
const SMALL = 20;

/** By how many pixels a drawing may move an object, in x and in y. */
export function jitterOf({ size }: SceneObject): number {
  return size <= SMALL ? 1 : 2;
}

/** The left top corner of an object's drawing, moved inside the picture. */
export function cornerOf({ size, x, y }: SceneObject, [dx, dy]: Offset): [left: number, top: number] {
  const inside = (center: number) => Math.max(0, Math.min(SIZE - size, center - Math.floor(size / 2)));
  return [inside(x + dx), inside(y + dy)];
}

/** The RGB of a background, 0 to 1. */
export function colorOf(scene: Scene): number[] {
  return WORLD.colors[scene.color].map((value) => value / WHITE);
}

/** [64, 64, 3] of one colour. */
export function backdrop(color: readonly number[]): Float32Array {
  const image = new Float32Array(SIZE * SIZE * CHANNELS);
  for (let i = 0; i < image.length; i++) image[i] = color[i % CHANNELS];
  return image;
}

function paste(image: Float32Array, rgba: Float32Array, size: number, left: number, top: number): void {
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = (y * size + x) * 4, to = ((top + y) * SIZE + left + x) * CHANNELS;
      const through = 1 - rgba[from + 3];
      for (let channel = 0; channel < CHANNELS; channel++) {
        image[to + channel] = image[to + channel] * through + rgba[from + channel];
      }
    }
  }
}

/**
 * Draws a scene: each object over those before it.
 *
 * @param offsets One for each object; a drawing that is moved over the picture's edge stops there. Default: none is
 *   moved.
 * @returns [64, 64, 3], RGB, float32, 0 to 1, row by row from the top left.
 * @throws {DomainError} The offsets are not as many as the objects, or the world has no such object.
 */
export function drawScene(scene: Scene, sprites: Sprites, offsets?: readonly Offset[]): Float32Array {
  if (offsets && offsets.length !== scene.objects.length) {
    const rule = `${scene.objects.length}, one for each object`;
    throw new DomainError({ doing: "draw the scene", what: "offsets", rule, got: offsets.length });
  }
  const image = backdrop(colorOf(scene));
  scene.objects.forEach((object, i) => {
    const sprite = sprites.get(object.name, object.size, object.tint);
    paste(image, sprite, object.size, ...cornerOf(object, offsets?.[i] ?? [0, 0]));
  });
  // The drawings' edges overshoot a little, as their resampling made them; a picture cannot.
  return image.map((value) => Math.min(1, value));
}
