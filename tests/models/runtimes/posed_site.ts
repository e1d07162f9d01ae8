/** Attention sites posed to a kernel, with what they should give in float64. */
import {
  type AttentionDispatch,
  type AttentionKernels,
  createAttentionKernels,
} from "../../../models/runtimes/attention_kernel.ts";
import { type KernelHost, kernelHost } from "../../../models/runtimes/kernel_host.ts";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { createGpuBufferPool } from "../../../models/runtimes/gpu_buffer_pool.ts";
import type { GpuTensor } from "../../../models/runtimes/gpu_tensor.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import { layoutShape, type OperandLayout } from "../../../models/surgery/operand_layout.ts";
import type { AttentionPolicy } from "../../../ops/attention/policy.ts";
import { referenceSite } from "../../helpers/reference_site.ts";

export const PLADIS: AttentionPolicy = { kind: "pladis", lambda: 2, alpha: 1.5 };

/** The least that an adapter may have. */
export const LEAST: KernelHost = {
  software: false,
  subgroups: undefined,
  maxInvocations: 256,
  maxWorkgroupStorage: 16_352,
};

/** Float32 beside float64, of operands of order 1 and up to some thousand keys. */
export const CLOSE = 2e-5;

/** A site to pose; what is absent is a small one of two batches and two heads. */
export interface Problem {
  readonly layouts?: Partial<Record<"query" | "key" | "value" | "output", OperandLayout>>;
  readonly batch?: number;
  readonly heads?: number;
  readonly queries?: number;
  readonly keys?: number;
  readonly headSize?: number;
  readonly mask?: readonly number[];
  readonly policy?: AttentionPolicy;
  /** @default {"float32"} */
  readonly dtype?: "float32" | "float16";
}

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

let phase = 0;
function random(shape: readonly number[], dtype: "float32" | "float16"): Tensor {
  const start = phase++;
  const size = shape.reduce((a, b) => a * b), round = dtype === "float16" ? Math.f16round : Math.fround;
  return floatTensor(
    shape,
    Float32Array.from({ length: size }, (_, i) => round(1.5 * Math.sin(12.9898 * (i + 31 * start)))),
  );
}

/** A problem's dispatch, and what it should give. */
export function pose({ upload, pool }: Awaited<ReturnType<typeof bench>>, problem: Problem) {
  const {
    batch = 2,
    heads = 2,
    queries = 9,
    keys = 77,
    headSize = 20,
    mask,
    policy = PLADIS,
    dtype = "float32",
  } = problem;
  const { query = "packed", key = "packed", value = "packed", output = "packed" } = problem.layouts ?? {};
  const values = new Map<string, Tensor>([
    ["q", random(layoutShape(query, { batch, length: queries }, { heads, headSize }), dtype)],
    ["k", random(layoutShape(key, { batch, length: keys }, { heads, headSize }), dtype)],
    ["v", random(layoutShape(value, { batch, length: keys }, { heads, headSize }), dtype)],
    ...(mask ? [["m", random(mask, dtype)] as const] : []),
  ]);
  const scale = 1 / Math.sqrt(headSize);
  const at = (name: string, layout: OperandLayout) => ({
    buffer: upload(values.get(name)!, dtype).buffer,
    layout,
  });
  const result = pool.tensor(
    dtype,
    layoutShape(output, { batch, length: queries }, { heads, headSize }),
    "result",
  );
  const dispatch: AttentionDispatch = {
    query: at("q", query),
    key: at("k", key),
    value: at("v", value),
    output: { buffer: result.buffer, layout: output },
    ...(mask ? { mask: { buffer: upload(values.get("m")!, dtype).buffer, shape: mask } } : {}),
    batch,
    heads,
    headSize,
    queries,
    keys,
    scale,
    policy,
    dtype,
  };
  const expected = () =>
    referenceSite(
      {
        id: "site",
        kind: "cross",
        node: "site",
        dtype,
        masked: mask !== undefined,
        operands: {
          query: { value: "q", layout: query },
          key: { value: "k", layout: key },
          value: { value: "v", layout: value },
          output: { value: "o", layout: output },
          heads,
          headSize,
          scale,
          ...(mask ? { mask: "m" } : {}),
        },
      },
      values,
      policy,
    ).data as Float32Array;
  return { dispatch, result, expected, values };
}
