/** One attention site in float64, from operands in any layout. */
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import { policyReference } from "../../ops/attention/policy_reference.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import { floatTensor } from "../../models/runtimes/tensor.ts";
import type { OperandLayout, SiteOperands } from "../../models/surgery/attention_site.ts";

/** Strides of batch, head and position, and the sizes of batch and length. */
function axesOf(layout: OperandLayout, shape: readonly number[], heads: number, headSize: number) {
  switch (layout) {
    case "packed":
      return {
        batch: shape[0],
        length: shape[1],
        strides: [shape[1] * heads * headSize, headSize, heads * headSize],
      };
    case "heads":
      return {
        batch: shape[0],
        length: shape[2],
        strides: [heads * shape[2] * headSize, shape[2] * headSize, headSize],
      };
    case "folded":
      return {
        batch: shape[0] / heads,
        length: shape[1],
        strides: [heads * shape[1] * headSize, shape[1] * headSize, headSize],
      };
    default:
      return layout satisfies never;
  }
}

function shapeOf(
  layout: OperandLayout,
  batch: number,
  length: number,
  heads: number,
  headSize: number,
): number[] {
  switch (layout) {
    case "packed":
      return [batch, length, heads * headSize];
    case "heads":
      return [batch, heads, length, headSize];
    case "folded":
      return [batch * heads, length, headSize];
    default:
      return layout satisfies never;
  }
}

/** output = weights(scale · query·keyᵀ + mask) · value, each value as its layout says. */
export function referenceSite(
  { query, key, value, output, heads, headSize, scale, mask }: SiteOperands,
  values: ReadonlyMap<string, Tensor>,
  policy: AttentionPolicy,
): Tensor {
  const get = (name: string) => values.get(name) as Tensor<Float32Array<ArrayBuffer>>;
  const q = get(query.value), k = get(key.value), v = get(value.value);
  const qa = axesOf(query.layout, q.shape, heads, headSize);
  const ka = axesOf(key.layout, k.shape, heads, headSize);
  const va = axesOf(value.layout, v.shape, heads, headSize);
  const shape = shapeOf(output.layout, qa.batch, qa.length, heads, headSize);
  const oa = axesOf(output.layout, shape, heads, headSize);
  const added = mask === undefined ? undefined : get(mask);
  const maskShape = added ? [1, 1, 1, 1, ...added.shape].slice(-4) : [];
  const maskAt = (index: readonly number[]) => {
    if (!added) return 0;
    const flat = index.reduce((sum, i, axis) => sum * maskShape[axis] + (maskShape[axis] === 1 ? 0 : i), 0);
    return added.data[flat];
  };
  const out = new Float32Array(shape.reduce((a, b) => a * b));
  const start = (strides: number[], b: number, h: number, l: number) =>
    b * strides[0] + h * strides[1] + l * strides[2];
  for (let b = 0; b < qa.batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < qa.length; i++) {
        const z = new Float64Array(ka.length), q0 = start(qa.strides, b, h, i);
        for (let j = 0; j < ka.length; j++) {
          const k0 = start(ka.strides, b, h, j);
          let sum = 0;
          for (let d = 0; d < headSize; d++) sum += q.data[q0 + d] * k.data[k0 + d];
          z[j] = scale * sum + maskAt([b, h, i, j]);
        }
        const weights = policyReference(policy, z, ka.length), o0 = start(oa.strides, b, h, i);
        for (let d = 0; d < headSize; d++) {
          let sum = 0;
          for (let j = 0; j < ka.length; j++) sum += weights[j] * v.data[start(va.strides, b, h, j) + d];
          out[o0 + d] = sum;
        }
      }
    }
  }
  return floatTensor(shape, out);
}
