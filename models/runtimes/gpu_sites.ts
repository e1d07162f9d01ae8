/**
 * The attention sites between two segments, on a GPU.
 *
 * @module
 */
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import type { CuttableSite } from "../surgery/cuttable_site.ts";
import { type AttentionDispatch, createAttentionKernels } from "./attention_kernel.ts";
import { kernelHost } from "./kernel_host.ts";
import { attentionPart } from "./cut_part.ts";
import type { PlacedValues, SiteComputer } from "./cut_side.ts";
import { createGpuBufferPool, type GpuBufferPool } from "./gpu_buffer_pool.ts";
import { giveBack, type GpuTensor, isOnGpu } from "./gpu_tensor.ts";
import type { RunGuard } from "./runtime.ts";
import { siteWork } from "./site_work.ts";

function dispatchOf(
  site: CuttableSite,
  values: PlacedValues,
  policy: AttentionPolicy,
  { label, pool }: { readonly label: string; readonly pool: GpuBufferPool },
): { dispatch: AttentionDispatch; result: GpuTensor } {
  const { query, key, value, mask, result: { layout, shape }, ...sizes } = siteWork(
    site,
    values,
    isOnGpu,
    "on the GPU",
  );
  const result = pool.tensor(site.dtype, shape, `${label} (${site.id})`);
  return {
    result,
    dispatch: {
      ...sizes,
      policy,
      query: { buffer: query.tensor.buffer, layout: query.layout },
      key: { buffer: key.tensor.buffer, layout: key.layout },
      value: { buffer: value.tensor.buffer, layout: value.layout },
      output: { buffer: result.buffer, layout },
      ...(mask ? { mask: { buffer: mask.tensor.buffer, shape: mask.shape } } : {}),
    },
  };
}

/** The GPU that sites are computed on. */
export interface SitesGpu {
  readonly device: GPUDevice;
  /** Whether its adapter is a program on the CPU. */
  readonly software: boolean;
  readonly guard: RunGuard;
}

/**
 * Kernels for sites whose tensors are on the device; those of one stage go over in one submission.
 *
 * @param label Whose sites they are, for errors.
 */
export async function openGpuSites(
  { device, software, guard }: SitesGpu,
  label: string,
): Promise<SiteComputer> {
  using stack = new DisposableStack();
  const kernels = await guard(
    `compile ${label} (attention)`,
    async () => stack.use(createAttentionKernels(device, await kernelHost(device, software))),
  );
  const pool = stack.use(createGpuBufferPool(device));
  const owned = stack.move();

  function compute(
    sites: readonly CuttableSite[],
    values: PlacedValues,
    policyOf: (site: CuttableSite) => AttentionPolicy,
  ): Record<string, GpuTensor> {
    const results: Record<string, GpuTensor> = {};
    if (sites.length === 0) return results;
    const encoder = device.createCommandEncoder({ label: "attention" });
    const pass = encoder.beginComputePass();
    try {
      for (const site of sites) {
        const { dispatch, result } = dispatchOf(site, values, policyOf(site), { label, pool });
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

  return {
    compute: (sites, values, policyOf) =>
      guard(
        `run ${label} (${attentionPart(sites).name})`,
        () => new Promise((resolve) => resolve(compute(sites, values, policyOf))),
        (made) => Object.values(made).forEach(giveBack),
      ),
    empty: () => pool.empty(),
    [Symbol.asyncDispose]() {
      owned.dispose();
      return Promise.resolve();
    },
  };
}
