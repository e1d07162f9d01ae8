/** The kernel form of a policy, for the conformance suite. */
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { createAttentionKernels } from "../../../models/runtimes/attention_kernel.ts";
import { type KernelHost, kernelHost } from "../../../models/runtimes/kernel_host.ts";
import { createGpuBufferPool } from "../../../models/runtimes/gpu_buffer_pool.ts";
import type { GpuTensor } from "../../../models/runtimes/gpu_tensor.ts";
import { readBack } from "../../../models/runtimes/read_back.ts";
import { MOST_HEAD_SIZE } from "../../../ops/attention/kernel/kernel_shape.ts";
import { type AttentionForm, reachOf } from "./attention_forms.ts";

/** Options of {@linkcode kernelForm}. */
export interface KernelFormOptions {
  /** What the kernel is chosen for. Default: the device. */
  readonly host?: KernelHost;
  /** Type of the operands. @default {"float32"} */
  readonly dtype?: "float32" | "float16";
  readonly title?: string;
}

/**
 * Weights as the kernel computes them: the scores come as the mask of products that are zero, and the values are the
 * unit matrix, so that what comes out are the weights; of many keys so many at a time as a head may have.
 */
export async function kernelForm(
  { dtype = "float32", title = "", host }: KernelFormOptions = {},
): Promise<AttentionForm> {
  const found = await findAdapter();
  if (!found) throw new Error("no WebGPU adapter");
  const gpu = await openGpu(found), { device } = gpu;
  const kernels = createAttentionKernels(device, host ?? await kernelHost(device, found.software));
  const pool = createGpuBufferPool(device);
  const half = dtype === "float16";
  const upload = (shape: readonly number[], data: Float32Array): GpuTensor => {
    const tensor = pool.tensor(dtype, shape, "operand");
    device.queue.writeBuffer(tensor.buffer, 0, half ? Float16Array.from(data) : Float32Array.from(data));
    return tensor;
  };
  return {
    name: `kernel, ${dtype}${title}`,
    precision: {
      round: half ? Math.f16round : Math.fround,
      arithmetic: 2 ** -24,
      storage: half ? 2 ** -11 : 2 ** -24,
    },
    async weights(policy, scores) {
      const { z, shape } = scores, joint = reachOf(scores);
      const [batch, heads, queries, keys] = shape;
      const width = Math.min(keys, MOST_HEAD_SIZE);
      const weights = new Float32Array(z.length);
      using stack = new DisposableStack();
      const keep = (tensor: GpuTensor) => stack.use(tensor);
      const mask = keep(upload(shape, Float32Array.from(z)));
      const zeros = (length: number) =>
        keep(upload([batch, heads, length, width], new Float32Array(batch * heads * length * width)));
      const query = zeros(queries), key = zeros(keys);
      for (let first = 0; first < keys; first += width) {
        const unit = new Float32Array(batch * heads * keys * width);
        for (let block = 0; block < batch * heads; block++) {
          for (let d = 0; d < width && first + d < keys; d++) {
            unit[(block * keys + first + d) * width + d] = 1;
          }
        }
        const value = keep(upload([batch, heads, keys, width], unit));
        const output = keep(pool.tensor(dtype, [batch, heads, queries, width], "weights"));
        const encoder = device.createCommandEncoder(), pass = encoder.beginComputePass();
        const layout = "heads";
        kernels.encode(pass, {
          query: { buffer: query.buffer, layout },
          key: { buffer: key.buffer, layout },
          value: { buffer: value.buffer, layout },
          output: { buffer: output.buffer, layout },
          mask: { buffer: mask.buffer, shape },
          batch,
          heads,
          headSize: width,
          queries,
          keys,
          scale: 1,
          policy,
          dtype,
          ...(joint ? { joint } : {}),
        });
        pass.end();
        device.queue.submit([encoder.finish()]);
        const part = await readBack(device, output);
        for (let row = 0; row < batch * heads * queries; row++) {
          for (let d = 0; d < width && first + d < keys; d++) {
            weights[row * keys + first + d] = part[row * width + d];
          }
        }
      }
      return weights;
    },
    async [Symbol.asyncDispose]() {
      kernels[Symbol.dispose]();
      pool[Symbol.dispose]();
      await gpu[Symbol.asyncDispose]();
    },
  };
}
