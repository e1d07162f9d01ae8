/** The CPU kernel's form of a policy, for the conformance suite. */
import { openSimdSites } from "../../../models/runtimes/simd_sites.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import type { CuttableSite } from "../../../models/surgery/cuttable_site.ts";
import { MOST_HEAD_SIZE } from "../../../ops/attention/kernel/kernel_shape.ts";
import type { AttentionForm } from "./attention_forms.ts";

const LAYOUT = "heads";

/**
 * Weights as the kernel computes them: the scores come as the mask of products that are zero, and the values are the
 * unit matrix, so that what comes out are the weights; of many keys so many at a time as a head may have.
 */
export async function simdSitesForm(threads: number): Promise<AttentionForm> {
  const sites = await openSimdSites(threads, "unet");
  return {
    name: `simd kernel on ${threads} threads`,
    precision: { round: Math.fround, arithmetic: 2 ** -24, storage: 2 ** -24 },
    async weights(policy, { z, shape, joint }) {
      const [batch, heads, queries, keys] = shape, width = Math.min(keys, MOST_HEAD_SIZE);
      const zeros = (length: number) =>
        floatTensor([batch, heads, length, width], new Float32Array(batch * heads * length * width));
      const operand = (value: string) => ({ value, layout: LAYOUT }) as const;
      const site: CuttableSite = {
        id: "site",
        kind: joint ? "joint" : "cross",
        node: "site",
        dtype: "float32",
        masked: true,
        ...(joint ? { text: { order: joint.order, input: "text" } } : {}),
        operands: {
          query: operand("q"),
          key: operand("k"),
          value: operand("v"),
          output: operand("o"),
          mask: "z",
          heads,
          headSize: width,
          scale: 1,
        },
      };
      const weights = new Float32Array(z.length);
      for (let first = 0; first < keys; first += width) {
        const unit = zeros(keys);
        for (let block = 0; block < batch * heads; block++) {
          for (let d = 0; d < width && first + d < keys; d++) {
            unit.data[(block * keys + first + d) * width + d] = 1;
          }
        }
        const values = new Map<string, Tensor>([
          ["q", zeros(queries)],
          ["k", zeros(keys)],
          ["v", unit],
          ["z", floatTensor(shape, Float32Array.from(z))],
          ...(joint
            ? [["text", floatTensor([batch, joint.text, 1], new Float32Array(batch * joint.text))] as const]
            : []),
        ]);
        const { o } = await sites.compute([site], values, () => policy) as Record<string, Tensor>;
        for (let row = 0; row < batch * heads * queries; row++) {
          for (let d = 0; d < width && first + d < keys; d++) {
            weights[row * keys + first + d] = Number(o.data[row * width + d]);
          }
        }
      }
      return weights;
    },
    [Symbol.asyncDispose]: () => sites[Symbol.asyncDispose](),
  };
}
