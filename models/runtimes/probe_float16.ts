/**
 * Whether a device's float16 works: drivers have been seen that list it and give zeros.
 *
 * @module
 */
import { readBack } from "./read_back.ts";

/** What a probe of float16 found. */
export type Float16Support = "works" | "absent" | "broken";

const WGSL = `enable f16;
@group(0) @binding(0) var<storage, read> given: array<f16>;
@group(0) @binding(1) var<storage, read_write> made: array<f16>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) i: u32) {
  made[i] = given[i] * f16(0.5) + f16(f32(given[i]) * 2.0);
}`;

/** Numbers that float16 holds, and 2.5 times as much of each is one too. */
const GIVEN = [1, -2, 0.5, 4, 1024, -0.25, 6, 12];

/** Computes a few numbers in float16 and looks at them. */
export async function probeFloat16(device: GPUDevice): Promise<Float16Support> {
  if (!device.features.has("shader-f16")) return "absent";
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffers = [0, 1].map(() => device.createBuffer({ size: 2 * GIVEN.length, usage }));
  try {
    device.queue.writeBuffer(buffers[0], 0, Float16Array.from(GIVEN));
    const module = device.createShaderModule({ code: WGSL });
    const pipeline = device.createComputePipeline({
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    );
    pass.dispatchWorkgroups(1);
    pass.end();
    device.queue.submit([encoder.finish()]);
    const shape = [GIVEN.length];
    const made = await readBack(device, {
      dtype: "float16",
      shape,
      buffer: buffers[1],
      [Symbol.dispose]() {},
    });
    return GIVEN.every((x, i) => made[i] === 2.5 * x) ? "works" : "broken";
  } catch {
    return "broken";
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}
