/** Subgroups are used where they work, in the way of writing that the compiler takes. */
import assert from "node:assert/strict";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { probeSubgroups } from "../../../models/runtimes/probe_subgroups.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** How the invocations of a workgroup are spread over subgroups: the subgroup of invocation i. */
type Spread = (i: number, size: number) => number;

const consecutive: Spread = (i, size) => Math.floor(i / size);
const interleaved: Spread = (i, size) => i % (256 / size);

/** A device as far as the probe looks at it: it takes some sources, and joins the numbers of each of its subgroups. */
function device(
  takes: (wgsl: string) => boolean,
  { sizes = [32, 32], feature = true, joins = (x: number) => x, spread = consecutive } = {},
) {
  let error: Error | null = null, given: number[] = [];
  const size = sizes[0];
  const nothing = () => ({});
  const made = (_: number, i: number) => {
    const group = given.filter((_, other) => spread(other, size) === spread(i, size));
    return joins(group.reduce((a, b) => a + b) + 0.5 * Math.max(...group) + 0.25 * group.length);
  };
  const fake = {
    features: new Set(feature ? ["subgroups"] : []),
    adapterInfo: { subgroupMinSize: sizes[0], subgroupMaxSize: sizes[1] },
    createBuffer: () => ({
      destroy() {},
      mapAsync: () => Promise.resolve(),
      getMappedRange: () => Float32Array.from(given, made).buffer,
    }),
    queue: {
      writeBuffer: (_buffer: unknown, _offset: number, data: Float32Array) => given = [...data],
      submit() {},
    },
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

Deno.test("probeSubgroups: the way of writing that the compiler takes is found, for each size in use", async () => {
  for (const size of [4, 8, 16, 32, 64, 128]) {
    const options = { sizes: [size, size] };
    assert.deepEqual(await probeSubgroups(device(asksForEnable, options)), { size, join: "subgroup" });
    assert.deepEqual(await probeSubgroups(device(knowsNoEnable, options)), {
      size,
      join: "subgroup-without-enable",
    });
  }
});

Deno.test("probeSubgroups: none where they are absent, of several sizes, refused, or join wrong", async () => {
  for (
    const [takes, options] of [
      [asksForEnable, { feature: false }],
      [asksForEnable, { sizes: [8, 32] }],
      [asksForEnable, { sizes: [2, 2] }],
      [asksForEnable, { sizes: [24, 24] }],
      [() => false, {}],
      [asksForEnable, { joins: (x: number) => x / 2 }],
      [asksForEnable, { spread: interleaved }],
    ] as const
  ) {
    const sizes = "sizes" in options ? [...options.sizes] : [32, 32];
    assert.equal(await probeSubgroups(device(takes, { ...options, sizes })), undefined);
  }
});

Deno.test("probeSubgroups: shuffles over the whole of a subgroup are tried, as a kernel takes them", async () => {
  let seen = "";
  await probeSubgroups(device((wgsl) => asksForEnable(wgsl) && (seen = wgsl) !== ""));
  const masks = [...seen.matchAll(/subgroupShuffleXor\(sums, (\d+)u\)/g)].map(([, mask]) => Number(mask));
  assert.deepEqual(masks, [1, 2, 4, 8, 16]);
  assert.match(seen, /workgroup_size\(256\)/);
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
