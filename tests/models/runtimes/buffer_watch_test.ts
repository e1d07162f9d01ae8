import assert from "node:assert/strict";
import { watchBuffers } from "../../../models/runtimes/buffer_watch.ts";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { scarceMemory } from "../../helpers/scarce_memory.ts";

const { STORAGE, MAP_WRITE, COPY_SRC } = GPUBufferUsage;

testOnDevices("watchBuffers: a buffer that is given is left as it is", ["webgpu"], async () => {
  await using gpu = await openGpu((await findAdapter())!);
  const watch = watchBuffers(gpu.device);
  const mapped = gpu.device.createBuffer({ size: 16, usage: MAP_WRITE | COPY_SRC, mappedAtCreation: true });
  new Float32Array(mapped.getMappedRange()).fill(2);
  mapped.unmap();
  assert.equal(mapped.mapState, "unmapped");
  assert.equal(gpu.device.createBuffer({ size: 8, usage: STORAGE }).size, 8);
  assert.deepEqual([await watch.refused(), watch.refusals], [undefined, 0]);
});

testOnDevices(
  "watchBuffers: refused buffers are told in order, each once, with bytes and label",
  ["webgpu"],
  async () => {
    using memory = scarceMemory();
    await using gpu = await openGpu((await findAdapter())!);
    const { device } = gpu, watch = watchBuffers(device), uncaptured: string[] = [];
    device.addEventListener(
      "uncapturederror",
      (event) => uncaptured.push((event as GPUUncapturedErrorEvent).error.constructor.name),
    );
    const refuse = (size: number, label: string) => {
      memory.refuseNext(() => true);
      return device.createBuffer({ size, usage: STORAGE, label });
    };
    refuse(64, "first");
    device.createBuffer({ size: 4, usage: STORAGE });
    refuse(128, "second");
    const { bytes, label } = await watch.refused() ?? {};
    assert.deepEqual([bytes, label, watch.refusals], [64, "first", 2]);
    assert.equal(await watch.refused(), undefined, "the others come of the first");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(uncaptured, [], "nobody else is told");
  },
);

testOnDevices("watchBuffers: a refused upload can be written, and leads nowhere", ["webgpu"], async () => {
  using memory = scarceMemory();
  await using gpu = await openGpu((await findAdapter())!);
  const watch = watchBuffers(gpu.device);
  memory.refuseNext(() => true);
  const upload = gpu.device.createBuffer({ size: 64, usage: MAP_WRITE | COPY_SRC, mappedAtCreation: true });
  assert.equal(upload.getMappedRange().byteLength, 64);
  assert.equal(upload.getMappedRange(16).byteLength, 48);
  upload.unmap();
  assert.equal((await watch.refused())?.bytes, 64);
});

testOnDevices("watchBuffers: a buffer beyond the device's limit is refused too", ["webgpu"], async () => {
  await using gpu = await openGpu((await findAdapter())!);
  const { device } = gpu, watch = watchBuffers(device), size = device.limits.maxBufferSize + 1;
  device.pushErrorScope("validation");
  device.createBuffer({ size, usage: STORAGE });
  assert.ok(await device.popErrorScope(), "WebGPU calls it invalid");
  const refused = await watch.refused();
  assert.equal(refused?.bytes, size);
  assert.match(refused?.message ?? "", /^a limit of \d+ bytes a buffer$/);
});
