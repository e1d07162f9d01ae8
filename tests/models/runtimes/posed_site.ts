/** Attention sites posed to a kernel, with what they should give in float64. */
import {
  type AttentionDispatch,
  type AttentionKernels,
  createAttentionKernels,
} from "../../../models/runtimes/attention_kernel.ts";
import { type KernelHost, kernelHost } from "../../../models/runtimes/kernel_host.ts";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { createGpuBufferPool } from "../../../models/runtimes/gpu_buffer_pool.ts";
import { type GpuTensor, isOnGpu, type PlacedTensor } from "../../../models/runtimes/gpu_tensor.ts";
import { siteWork } from "../../../models/runtimes/site_work.ts";
import type { Tensor } from "../../../models/runtimes/tensor.ts";
import { poseSite, type SiteProblem } from "../../helpers/site_problems.ts";

/** The least that an adapter may have. */
export const LEAST: KernelHost = {
  software: false,
  subgroups: undefined,
  maxInvocations: 256,
  maxWorkgroupStorage: 16_352,
};

/** Float32 beside float64, of operands of order 1 and up to some thousand keys. */
export const CLOSE = 2e-5;

/** A device with what the tests need on it. */
export async function bench(host?: KernelHost) {
  const found = (await findAdapter())!;
  const gpu = await openGpu(found), { device } = gpu;
  const errors: string[] = [];
  device.addEventListener(
    "uncapturederror",
    (event) => errors.push((event as GPUUncapturedErrorEvent).error.message),
  );
  const kernels = createAttentionKernels(device, host ?? await kernelHost(device, found.software));
  const pool = createGpuBufferPool(device);
  const upload = ({ shape, data }: Tensor, dtype: "float32" | "float16"): GpuTensor => {
    const tensor = pool.tensor(dtype, shape, "operand"), numbers = data as Float32Array<ArrayBuffer>;
    device.queue.writeBuffer(tensor.buffer, 0, dtype === "float16" ? Float16Array.from(numbers) : numbers);
    return tensor;
  };
  const submit = (fill: (kernels: AttentionKernels, pass: GPUComputePassEncoder) => void) => {
    const encoder = device.createCommandEncoder(), pass = encoder.beginComputePass();
    fill(kernels, pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  return {
    device,
    pool,
    upload,
    submit,
    errors,
    async [Symbol.asyncDispose]() {
      kernels[Symbol.dispose]();
      pool[Symbol.dispose]();
      await gpu[Symbol.asyncDispose]();
    },
  };
}

/** A problem's dispatch, and what it should give. */
export function pose({ upload, pool }: Awaited<ReturnType<typeof bench>>, problem: SiteProblem) {
  const { site, values, policy, expected } = poseSite(problem), { dtype } = site;
  const isOnHost = (tensor: PlacedTensor): tensor is Tensor => !isOnGpu(tensor);
  const { query, key, value, mask, result: { layout, shape }, ...sizes } = siteWork(
    site,
    values,
    isOnHost,
    "on the host",
  );
  const at = ({ tensor, layout }: typeof query) => ({ buffer: upload(tensor, dtype).buffer, layout });
  const result = pool.tensor(dtype, shape, "result");
  const dispatch: AttentionDispatch = {
    ...sizes,
    policy,
    query: at(query),
    key: at(key),
    value: at(value),
    output: { buffer: result.buffer, layout },
    ...(mask ? { mask: { buffer: upload(mask.tensor, dtype).buffer, shape: mask.shape } } : {}),
  };
  return { dispatch, result, expected, values };
}
