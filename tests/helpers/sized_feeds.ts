/** Random inputs of a denoiser, of any sizes that its graph allows. */
import fc from "npm:fast-check@4.10.2";
import { DataType, toNumber } from "../../models/onnx/onnx_types.ts";
import type { OnnxModel } from "../../models/onnx/read_onnx.ts";
import { castTensor, elementCount, floatTensor, type Tensor } from "../../models/runtimes/tensor.ts";

/** A number for each size that a graph's inputs name. */
export type NamedSizes = Readonly<Record<string, number>>;

/** Sizes that every fixture takes: U-Nets halve the image thrice, and transformers embed a time for each picture. */
export const NAMED_SIZES: fc.Arbitrary<NamedSizes> = fc.record({
  batch_size: fc.integer({ min: 1, max: 3 }),
  sequence_length: fc.integer({ min: 1, max: 9 }),
  height: fc.constantFrom(8, 16),
  width: fc.constantFrom(8, 16),
  packed_height_width: fc.integer({ min: 1, max: 9 }),
}).map((sizes) => ({ ...sizes, step: sizes.batch_size }));

/** Feeds of these sizes: masks of ones and zeros, whole ids, a time, and numbers in [-1, 1). */
export function sizedFeeds({ proto: { graph } }: OnnxModel, sizes: NamedSizes): Record<string, Tensor> {
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !weights.has(name));
  return Object.fromEntries(inputs.map(({ name, type }) => {
    const dims = type?.tensorType?.shape?.dim ?? [];
    const shape = dims.map(({ dimParam, dimValue }) => dimParam ? sizes[dimParam] : toNumber(dimValue));
    const number = (i: number) =>
      name === "timestep"
        ? 500
        : name.endsWith("_mask")
        ? i % 3 === 1 ? 0 : 1
        : name.endsWith("_ids")
        ? i % 5
        : 2 * random() - 1;
    const data = Float32Array.from({ length: elementCount(shape) }, (_, i) => number(i));
    const dtype = type?.tensorType?.elemType === DataType.INT64 ? "int64" : "float32";
    return [name, castTensor(floatTensor(shape, data), dtype)];
  }));
}
