/** Subgroups are used where they work, in the way of writing that the compiler takes. */
import assert from "node:assert/strict";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { probeSubgroups } from "../../../models/runtimes/probe_subgroups.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** A device as far as the probe looks at it: it takes some sources, and its subgroups add up to something. */
function device(
  takes: (wgsl: string) => boolean,
  { sizes = [4, 4], feature = true, adds = (x: number) => x } = {},
) {
  let error: Error | null = null;
  const size = sizes[0], sum = size * (size + 1) / 2 + 0.5 * size;
  const nothing = () => ({});
  const fake = {
    features: new Set(feature ? ["subgroups"] : []),
    adapterInfo: { subgroupMinSize: sizes[0], subgroupMaxSize: sizes[1] },
    createBuffer: () => ({
      destroy() {},
      mapAsync: () => Promise.resolve(),
      getMappedRange: () => new Float32Array(size).fill(adds(sum)).buffer,
    }),
    queue: { writeBuffer() {}, submit() {} },
    pushErrorScope: () => error = null,
    popErrorScope: () => Promise.resolve(error),
    createShaderModule({ code }: { code: string }) {
      if (!takes(code)) error = new Error("refused");
    },
    createComputePipeline: () => ({ getBindGroupLayout: nothing }),
    createBindGroup: nothing,
    createCommandEncoder: () => ({
      beginComputePass: () => ({ setPipeline() {}, setBindGroup() {}, dispatchWorkgroups() {}, end() {} }),
      copyBufferToBuffer() {},
      finish: nothing,
    }),
  };
  return fake as unknown as GPUDevice;
}

const asksForEnable = (wgsl: string) => wgsl.startsWith("enable subgroups;");
const knowsNoEnable = (wgsl: string) => !wgsl.includes("enable");

Deno.test("probeSubgroups: the way of writing that the compiler takes is found", async () => {
  const options = { sizes: [32, 32] };
  assert.deepEqual(await probeSubgroups(device(asksForEnable, options)), { size: 32, join: "subgroup" });
  assert.deepEqual(await probeSubgroups(device(knowsNoEnable, options)), {
    size: 32,
    join: "subgroup-without-enable",
  });
});

Deno.test("probeSubgroups: none where they are absent, of several sizes, refused, or add up wrong", async () => {
  for (
    const [takes, options] of [
      [asksForEnable, { sizes: [32, 32], feature: false }],
      [asksForEnable, { sizes: [8, 32] }],
      [asksForEnable, { sizes: [4, 4] }],
      [() => false, { sizes: [32, 32] }],
      [asksForEnable, { sizes: [32, 32], adds: (x: number) => x / 2 }],
    ] as const
  ) {
    assert.equal(await probeSubgroups(device(takes, { ...options, sizes: [...options.sizes] })), undefined);
  }
});

testOnDevices("probeSubgroups: a real device answers, and is not harmed", ["webgpu"], async () => {
  const found = (await findAdapter())!;
  await using gpu = await openGpu(found);
  const errors: string[] = [];
  gpu.device.addEventListener(
    "uncapturederror",
    (event) => errors.push((event as GPUUncapturedErrorEvent).error.message),
  );
  const support = await probeSubgroups(gpu.device);
  if (!gpu.device.features.has("subgroups" as GPUFeatureName)) assert.equal(support, undefined);
  assert.deepEqual(errors, []);
});
