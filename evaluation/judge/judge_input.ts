/**
 * Pictures as the judge's network takes them.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";
import { type FloatTensor, floatTensor } from "../../models/runtimes/tensor.ts";
import type { Pixels } from "../../pipeline/png_codec.ts";
import { unitPixels } from "../picture_pixels.ts";
import { SIZE } from "../world/world_data.ts";

const CHANNELS = 3;
const PLANE = SIZE * SIZE;

function fromPictures(pictures: readonly Pixels[]): FloatTensor {
  const data = new Float32Array(pictures.length * CHANNELS * PLANE);
  pictures.forEach((picture, n) => {
    const pixels = unitPixels(picture);
    for (let i = 0; i < pixels.length; i++) {
      data[(n * CHANNELS + i % CHANNELS) * PLANE + Math.floor(i / CHANNELS)] = pixels[i] * 2 - 1;
    }
  });
  return floatTensor([pictures.length, CHANNELS, SIZE, SIZE], data);
}

/**
 * Pictures as [n, 3, 64, 64], RGB, float32, -1 to 1.
 *
 * @throws {DomainError} A tensor has another shape, or holds a NaN or infinity.
 */
export function judgeInput(pictures: readonly Pixels[] | FloatTensor): FloatTensor {
  if (!("dtype" in pictures)) return fromPictures(pictures);
  const { shape, data } = pictures;
  const fail = (rule: string, got: unknown) => {
    throw new DomainError({ doing: "judge pictures", what: "the tensor", rule, got });
  };
  if (shape.length !== 4 || shape.slice(1).join() !== [CHANNELS, SIZE, SIZE].join()) {
    fail(`[n, ${CHANNELS}, ${SIZE}, ${SIZE}]`, shape);
  }
  const strange = data.find((value) => !Number.isFinite(value));
  if (strange !== undefined) fail("finite numbers", strange);
  return pictures;
}
