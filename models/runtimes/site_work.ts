/**
 * What there is to compute at an attention site, read from the values around it.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { type JointReach, jointReach } from "../../ops/attention/joint/joint_reach.ts";
import type { SiteOperand } from "../surgery/attention_site.ts";
import type { CuttableSite } from "../surgery/cuttable_site.ts";
import { layoutShape, type OperandLayout, sequenceSizes } from "../surgery/operand_layout.ts";
import type { PlacedValues } from "./cut_side.ts";
import { isOnGpu, type PlacedTensor } from "./gpu_tensor.ts";

/** A tensor of head vectors. */
export interface PlacedOperand<T extends PlacedTensor> {
  readonly tensor: T;
  readonly layout: OperandLayout;
}

/** One site: result = weights(scale · query·keyᵀ + mask) · value. `T` is where its tensors lie. */
export interface SiteWork<T extends PlacedTensor> {
  readonly query: PlacedOperand<T>;
  readonly key: PlacedOperand<T>;
  readonly value: PlacedOperand<T>;
  /** Added to the scores; a shape of four axes, each that of [B, H, Q, K] or 1. */
  readonly mask?: { readonly tensor: T; readonly shape: readonly number[] };
  readonly result: { readonly layout: OperandLayout; readonly shape: readonly number[] };
  readonly batch: number;
  readonly heads: number;
  readonly headSize: number;
  readonly queries: number;
  readonly keys: number;
  readonly scale: number;
  readonly dtype: "float32" | "float16";
  /** In joint attention, what the policy reaches; everything if absent. */
  readonly joint?: JointReach;
}

/** Tokens of the text, of which the denoiser is given the embeddings. */
function textLength(values: PlacedValues, name: string, site: CuttableSite): number {
  const tensor = values.get(name);
  if (tensor) return tensor.shape[1];
  throw new DeviceError({
    doing: `compute ${site.id}`,
    what: "feeds",
    rule: `include ${name}`,
    got: [...values.keys()],
  });
}

/**
 * Reads a site's operands.
 *
 * @param isPlaced Whether a tensor lies where the kernel can read it.
 * @param place Where that is, for messages: `"on the GPU"`.
 * @throws {DeviceError} if an operand does not.
 */
export function siteWork<T extends PlacedTensor>(
  site: CuttableSite,
  values: PlacedValues,
  isPlaced: (tensor: PlacedTensor) => tensor is T,
  place: string,
): SiteWork<T> {
  const { query, key, value, output, mask, heads, headSize, scale } = site.operands;
  const at = (name: string): T => {
    const tensor = values.get(name);
    if (tensor && isPlaced(tensor)) return tensor;
    throw new DeviceError({
      doing: `compute ${site.id}`,
      what: name,
      rule: `a tensor ${place}`,
      got: tensor ? `${tensor.dtype} on the ${isOnGpu(tensor) ? "GPU" : "host"}` : "none",
      remedy: "Use --attention-form graph.",
    });
  };
  const operand = ({ value, layout }: SiteOperand) => ({ tensor: at(value), layout });
  const read = { query: operand(query), key: operand(key), value: operand(value) };
  const queries = sequenceSizes(query.layout, read.query.tensor.shape, heads);
  const keys = sequenceSizes(key.layout, read.key.tensor.shape, heads).length;
  const added = mask === undefined ? undefined : at(mask);
  return {
    ...read,
    ...(added ? { mask: { tensor: added, shape: [1, 1, 1, 1, ...added.shape].slice(-4) } } : {}),
    result: { layout: output.layout, shape: layoutShape(output.layout, queries, site.operands) },
    batch: queries.batch,
    heads,
    headSize,
    queries: queries.length,
    keys,
    scale,
    dtype: site.dtype,
    ...(site.text
      ? { joint: jointReach(site.text.order, keys, textLength(values, site.text.input, site)) }
      : {}),
  };
}

/** Strides of a mask's four axes in elements, 0 where it is broadcast. */
export function maskStrides(shape: readonly number[]): [number, number, number, number] {
  const dense = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1];
  const at = (axis: number) => shape[axis] === 1 ? 0 : dense[axis];
  return [at(0), at(1), at(2), at(3)];
}
