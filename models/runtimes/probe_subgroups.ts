/**
 * Whether a device's subgroups can be used: compilers differ in whether they ask for an `enable`, or refuse it, and a
 * workgroup must come out as subgroups of consecutive invocations.
 *
 * @module
 */
import type { Subgroups } from "../../ops/attention/kernel/kernel_shape.ts";
import { runProbe } from "./probe_shader.ts";

/** Adds up, and takes the largest, as kernels do: in a butterfly over each subgroup of a workgroup that has several. */
function wgsl(invocations: number, { size, join }: Subgroups): string {
  const steps = Array.from({ length: Math.log2(size) }, (_, i) => `${2 ** i}u`)
    .map((mask) =>
      `sums += subgroupShuffleXor(sums, ${mask}); most = max(most, subgroupShuffleXor(most, ${mask}));`
    );
  return `${join === "subgroup" ? "enable subgroups;" : ""}
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read_write> made: array<f32>;
@compute @workgroup_size(${invocations})
fn main(@builtin(local_invocation_index) i: u32) {
  var sums = vec2<f32>(given[i], 1.0);
  var most = given[i];
  ${steps.join("\n  ")}
  made[i] = sums.x + 0.5 * most + 0.25 * sums.y;
}`;
}

/** Those of the GPUs in use; fewer save nothing. */
const SIZES = [4, 8, 16, 32, 64, 128];

/** Invocations of the probe's workgroup: every adapter allows them, and they are two subgroups or more. */
const INVOCATIONS = 256;

/** Numbers of which no two groups of a power of two have the same sum. */
const GIVEN = Array.from({ length: INVOCATIONS }, (_, i) => i * i);

/** What invocation `i` should make of its subgroup's numbers. */
function wantedOf(i: number, size: number): number {
  const first = i - i % size, group = GIVEN.slice(first, first + size);
  return group.reduce((a, b) => a + b) + 0.5 * Math.max(...group) + 0.25 * size;
}

/** Joins the numbers of a workgroup by its subgroups, in each way of writing that, and looks at what comes out. */
export async function probeSubgroups(device: GPUDevice): Promise<Subgroups | undefined> {
  const { subgroupMinSize: size, subgroupMaxSize: most } = device.adapterInfo as {
    subgroupMinSize?: number;
    subgroupMaxSize?: number;
  };
  if (!device.features.has("subgroups" as GPUFeatureName)) return undefined;
  if (size === undefined || size !== most || !SIZES.includes(size)) return undefined;
  for (const join of ["subgroup", "subgroup-without-enable"] as const) {
    const code = wgsl(INVOCATIONS, { size, join });
    const made = await runProbe(device, { wgsl: code, dtype: "float32", given: GIVEN });
    if (made?.every((x, i) => x === wantedOf(i, size))) return { size, join };
  }
  return undefined;
}
