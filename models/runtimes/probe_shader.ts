/**
 * Trying a shader out on a device.
 *
 * @module
 */
import { readBack } from "./read_back.ts";

/** A shader of one workgroup: binding 0 is what it reads, binding 1 what it writes, of the same type and length. */
export interface ProbedShader {
  readonly wgsl: string;
  readonly dtype: "float32" | "float16";
  readonly given: readonly number[];
}

/**
 * Runs a shader once.
 *
 * @returns The numbers that it wrote, or undefined if the device refuses it.
 */
export async function runProbe(
  device: GPUDevice,
  { wgsl, dtype, given }: ProbedShader,
): Promise<Float32Array | undefined> {
  const numbers = dtype === "float16" ? Float16Array.from(given) : Float32Array.from(given);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffers = [0, 1].map(() => device.createBuffer({ size: numbers.byteLength, usage }));
  device.pushErrorScope("validation");
  let made: Promise<Float32Array> | undefined;
  try {
    device.queue.writeBuffer(buffers[0], 0, numbers);
    const module = device.createShaderModule({ code: wgsl });
    const pipeline = device.createComputePipeline({
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
    const layout = pipeline.getBindGroupLayout(0);
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const encoder = device.createCommandEncoder(), pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    device.queue.submit([encoder.finish()]);
    const shape = [given.length];
    made = readBack(device, { dtype, shape, buffer: buffers[1], [Symbol.dispose]() {} });
    made.catch(() => {});
  } catch {
    // A refusal may also be thrown; the scope is closed below either way.
  }
  try {
    return await device.popErrorScope() === null ? await made : undefined;
  } catch {
    return undefined;
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}
