/**
 * The attention sites between two segments.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import { jointReach } from "../../ops/attention/joint/joint_reach.ts";
import type { SiteOperand } from "../surgery/attention_site.ts";
import type { CuttableSite } from "../surgery/cuttable_site.ts";
import { layoutShape, sequenceSizes } from "../surgery/operand_layout.ts";
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

/** Tokens of the text, of which the denoiser is given the embeddings. */
function textLength(values: ReadonlyMap<string, PlacedTensor>, name: string, site: CuttableSite): number {
  const tensor = values.get(name);
  if (tensor) return tensor.shape[1];
  throw new DeviceError({
    doing: `compute ${site.id}`,
    what: "feeds",
    rule: `include ${name}`,
    got: [...values.keys()],
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
    return { buffer, layout: operand.layout, ...sequenceSizes(operand.layout, shape, heads) };
  };
  const queries = at(query), keys = at(key);
  const result = pool.tensor(site.dtype, layoutShape(output.layout, queries, site.operands), site.id);
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
      ...(site.text
        ? { joint: jointReach(site.text.order, keys.length, textLength(values, site.text.input, site)) }
        : {}),
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
