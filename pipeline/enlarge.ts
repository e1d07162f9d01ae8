/**
 * Small pictures made large enough to look at.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import { Picture } from "./picture.ts";
import type { Pixels } from "./png_codec.ts";

const CHANNELS = 3;

/**
 * Each pixel as a square of `times` × `times` pixels.
 *
 * @throws {DomainError} if `times` is not a whole number from 1.
 */
export function enlarge({ width, height, data }: Pixels, times: number): Picture {
  if (!(Number.isInteger(times) && times >= 1)) {
    throw new DomainError({
      doing: "enlarge a picture",
      what: "times",
      rule: "a whole number from 1",
      got: times,
    });
  }
  const large = new Uint8Array(width * height * times * times * CHANNELS);
  for (let y = 0; y < height * times; y++) {
    for (let x = 0; x < width * times; x++) {
      const from = (Math.floor(y / times) * width + Math.floor(x / times)) * CHANNELS;
      large.set(data.subarray(from, from + CHANNELS), (y * width * times + x) * CHANNELS);
    }
  }
  return new Picture(width * times, height * times, large);
}
