/**
 * Whether a device's float16 works: drivers have been seen that list it and give zeros.
 *
 * @module
 */
import { runProbe } from "./probe_shader.ts";

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
  const made = await runProbe(device, { wgsl: WGSL, dtype: "float16", given: GIVEN });
  return made && GIVEN.every((x, i) => made[i] === 2.5 * x) ? "works" : "broken";
}
