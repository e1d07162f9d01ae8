/**
 * Names of places.
 *
 * @module
 */
import { type Place, PLACES } from "../scene.ts";

/** Between the left or the top and the middle, and between that and the right or the bottom, in pixels. */
const FIRST_EDGE = 25, LAST_EDGE = 39;

const third = (at: number) => at < FIRST_EDGE ? 0 : at > LAST_EDGE ? 2 : 1;

/** The name of where a centre stands, in pixels of a 64x64 picture from its left and its top. */
export function placeOf(x: number, y: number): Place {
  return PLACES[3 * third(y) + third(x)];
}
