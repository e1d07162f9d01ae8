/** One attention site in float64, from operands in any layout. */
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import { policyReference } from "../../ops/attention/policy_reference.ts";
import type { Tensor } from "../../models/runtimes/tensor.ts";
import { floatTensor } from "../../models/runtimes/tensor.ts";
import type { CuttableSite } from "../../models/surgery/cuttable_site.ts";
import {
  type HeadSizes,
  layoutShape,
  layoutStrides,
  type OperandLayout,
  sequenceSizes,
} from "../../models/surgery/operand_layout.ts";
import { jointReach } from "../../ops/attention/joint/joint_reach.ts";
import { jointReference } from "../../ops/attention/joint/reference.ts";

function axesOf(layout: OperandLayout, shape: readonly number[], sizes: HeadSizes) {
  const { batch, length } = sequenceSizes(layout, shape, sizes.heads);
  return { batch, length, strides: layoutStrides(layout, length, sizes) };
}

/** A site's rows of scores as weights; in joint attention the policy reaches a part of them. */
function weigher(
  { operands: { key, heads }, text }: CuttableSite,
  values: ReadonlyMap<string, Tensor>,
  policy: AttentionPolicy,
) {
  const tensor = values.get(key.value) as Tensor;
  const { length } = sequenceSizes(key.layout, tensor.shape, heads);
  const reach = text && jointReach(text.order, length, (values.get(text.input) as Tensor).shape[1]);
  return (z: Float64Array, query: number) => {
    if (!reach) return policyReference(policy, z, length);
    const row = { queries: [reach.queries[0] - query, reach.queries[1] - query], keys: reach.keys } as const;
    return jointReference(policy, z, { queries: 1, keys: length }, row);
  };
}

/** output = weights(scale · query·keyᵀ + mask) · value, each value as its layout says. */
export function referenceSite(
  site: CuttableSite,
  values: ReadonlyMap<string, Tensor>,
  policy: AttentionPolicy,
): Tensor {
  const { query, key, value, output, heads, headSize, scale, mask } = site.operands;
  const weigh = weigher(site, values, policy);
  const get = (name: string) => values.get(name) as Tensor<Float32Array<ArrayBuffer>>;
  const q = get(query.value), k = get(key.value), v = get(value.value);
  const qa = axesOf(query.layout, q.shape, site.operands);
  const ka = axesOf(key.layout, k.shape, site.operands);
  const va = axesOf(value.layout, v.shape, site.operands);
  const shape = layoutShape(output.layout, qa, site.operands);
  const oa = axesOf(output.layout, shape, site.operands);
  const added = mask === undefined ? undefined : get(mask);
  const maskShape = added ? [1, 1, 1, 1, ...added.shape].slice(-4) : [];
  const maskAt = (index: readonly number[]) => {
    if (!added) return 0;
    const flat = index.reduce((sum, i, axis) => sum * maskShape[axis] + (maskShape[axis] === 1 ? 0 : i), 0);
    return added.data[flat];
  };
  const out = new Float32Array(shape.reduce((a, b) => a * b));
  const start = (strides: readonly number[], b: number, h: number, l: number) =>
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
        const weights = weigh(z, i), o0 = start(oa.strides, b, h, i);
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
