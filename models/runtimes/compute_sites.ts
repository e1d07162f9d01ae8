/**
 * The attention sites between two segments.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import type { OperandLayout, SiteOperand } from "../surgery/attention_site.ts";
import type { CuttableSite } from "../surgery/cuttable_site.ts";
import type { AttentionDispatch, AttentionKernels } from "./attention_kernel.ts";
import type { GpuBufferPool } from "./gpu_buffer_pool.ts";
import { type GpuTensor, isOnGpu, type PlacedTensor } from "./gpu_tensor.ts";
import type { Tensor } from "./tensor.ts";

/** The policy at a site; λ and the like may come from the feeds of the run. */
export type SitePolicy = (site: CuttableSite, feeds: Readonly<Record<string, Tensor>>) => AttentionPolicy;

/** What sites are computed with. */
export interface SiteTools {
  readonly kernels: AttentionKernels;
  readonly pool: GpuBufferPool;
}

interface Sizes {
  readonly batch: number;
  readonly length: number;
}

function sizesOf(layout: OperandLayout, shape: readonly number[], heads: number): Sizes {
  switch (layout) {
    case "packed":
      return { batch: shape[0], length: shape[1] };
    case "heads":
      return { batch: shape[0], length: shape[2] };
    case "folded":
      return { batch: shape[0] / heads, length: shape[1] };
    default:
      return layout satisfies never;
  }
}

function shapeOf(layout: OperandLayout, { batch, length }: Sizes, heads: number, headSize: number): number[] {
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

function onGpu(values: ReadonlyMap<string, PlacedTensor>, name: string, site: CuttableSite): GpuTensor {
  const tensor = values.get(name);
  if (tensor && isOnGpu(tensor)) return tensor;
  throw new DeviceError({
    doing: `compute ${site.id}`,
    what: name,
    rule: "a tensor on the GPU",
    got: tensor ? "one on the host" : "none",
    remedy: "Use --attention-form graph.",
  });
}

function dispatchOf(
  site: CuttableSite,
  values: ReadonlyMap<string, PlacedTensor>,
  policy: AttentionPolicy,
  pool: GpuBufferPool,
): { dispatch: AttentionDispatch; result: GpuTensor } {
  const { query, key, value, output, mask, heads, headSize, scale } = site.operands;
  const at = (operand: SiteOperand) => {
    const { buffer, shape } = onGpu(values, operand.value, site);
    return { buffer, layout: operand.layout, ...sizesOf(operand.layout, shape, heads) };
  };
  const queries = at(query), keys = at(key);
  const result = pool.tensor(site.dtype, shapeOf(output.layout, queries, heads, headSize), site.id);
  const added = mask === undefined ? undefined : onGpu(values, mask, site);
  return {
    result,
    dispatch: {
      query: queries,
      key: keys,
      value: at(value),
      output: { buffer: result.buffer, layout: output.layout },
      ...(added ? { mask: { buffer: added.buffer, shape: [1, 1, 1, 1, ...added.shape].slice(-4) } } : {}),
      batch: queries.batch,
      heads,
      headSize,
      queries: queries.length,
      keys: keys.length,
      scale,
      policy,
      dtype: site.dtype,
    },
  };
}

/**
 * Computes sites whose operands are there, in one submission.
 *
 * @param values Values by name; the operands must be on the GPU.
 * @returns The sites' results by the names that the graph knows them by, owned by the caller.
 * @throws {DeviceError} if an operand is not on the GPU, or a size is beyond the device.
 */
export function computeSites(
  device: GPUDevice,
  { kernels, pool }: SiteTools,
  sites: readonly CuttableSite[],
  values: ReadonlyMap<string, PlacedTensor>,
  policyOf: (site: CuttableSite) => AttentionPolicy,
): Record<string, GpuTensor> {
  const results: Record<string, GpuTensor> = {};
  if (sites.length === 0) return results;
  const encoder = device.createCommandEncoder({ label: "attention" });
  const pass = encoder.beginComputePass();
  try {
    for (const site of sites) {
      const { dispatch, result } = dispatchOf(site, values, policyOf(site), pool);
      results[site.operands.output.value] = result;
      kernels.encode(pass, dispatch);
    }
  } catch (error) {
    for (const result of Object.values(results)) result[Symbol.dispose]();
    throw error;
  }
  pass.end();
  device.queue.submit([encoder.finish()]);
  return results;
}
