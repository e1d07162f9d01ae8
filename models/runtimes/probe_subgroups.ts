/**
 * Whether a device's subgroups can be used: compilers differ in whether they ask for an `enable`, or refuse it, and a
 * workgroup must come out as one subgroup.
 *
 * @module
 */
import type { LaneJoin } from "../../ops/attention/kernel/kernel_shape.ts";
import { runProbe } from "./probe_shader.ts";

/** Subgroups that work. */
export interface SubgroupSupport {
  /** Invocations of each. */
  readonly size: number;
  readonly join: Exclude<LaneJoin, "memory">;
}

function wgsl(size: number, join: SubgroupSupport["join"]): string {
  return `${join === "subgroup" ? "enable subgroups;" : ""}
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read_write> made: array<f32>;
@compute @workgroup_size(${size})
fn main(@builtin(local_invocation_index) i: u32) {
  made[i] = subgroupAdd(given[i]) + 0.5 * subgroupMax(given[i]);
}`;
}

/** Fewer share a query too little, more are more than a workgroup should be. */
const SIZES = [8, 16, 32, 64];

/** Adds up the numbers of a workgroup by its subgroup, in each way of writing that, and looks at the sums. */
export async function probeSubgroups(device: GPUDevice): Promise<SubgroupSupport | undefined> {
  const { subgroupMinSize: size, subgroupMaxSize: most } = device.adapterInfo as {
    subgroupMinSize?: number;
    subgroupMaxSize?: number;
  };
  if (!device.features.has("subgroups" as GPUFeatureName)) return undefined;
  if (size === undefined || size !== most || !SIZES.includes(size)) return undefined;
  const given = Array.from({ length: size }, (_, i) => i + 1);
  const wanted = size * (size + 1) / 2 + 0.5 * size;
  for (const join of ["subgroup", "subgroup-without-enable"] as const) {
    const made = await runProbe(device, { wgsl: wgsl(size, join), dtype: "float32", given });
    if (made?.every((sum) => sum === wanted)) return { size, join };
  }
  return undefined;
}
