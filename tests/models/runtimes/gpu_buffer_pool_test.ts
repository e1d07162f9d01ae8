import assert from "node:assert/strict";
import { DeviceError } from "../../../errors.ts";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { createGpuBufferPool } from "../../../models/runtimes/gpu_buffer_pool.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import { readBack } from "../../../models/runtimes/read_back.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";

testOnDevices("a buffer pool gives buffers again, counts them, and destroys them", ["webgpu"], async () => {
  const before = liveCounts();
  {
    await using gpu = await openGpu((await findAdapter())!);
    using pool = createGpuBufferPool(gpu.device);
    const first = pool.tensor("float32", [2, 100], "a");
    const other = pool.tensor("float16", [2, 200], "b");
    assert.notEqual(first.buffer, other.buffer, "two tensors at a time share no buffer");
    const { buffer } = first;
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    assert.equal(pool.tensor("float32", [200], "c").buffer, buffer);
    assert.notEqual(pool.tensor("float32", [200], "d").buffer, buffer, "given back twice is given once");
    assert.equal(liveCounts().gpuBuffers, before.gpuBuffers + 3);
    assert.equal(pool.bytes, 3 * 1024);
    const numbers = Float32Array.of(1, -2, 3);
    const tensor = pool.tensor("float32", [3], "e");
    gpu.device.queue.writeBuffer(tensor.buffer, 0, numbers);
    assert.deepEqual(await readBack(gpu.device, tensor), numbers);
    const most = gpu.device.limits.maxBufferSize;
    assert.throws(() => pool.tensor("float32", [most], "down_blocks.0"), (error: Error) => {
      assert.ok(error instanceof DeviceError);
      assert.match(
        error.message,
        /result of down_blocks\.0.*at most \d+ bytes on this adapter, got "\d+ bytes"/,
      );
      return true;
    });
  }
  assert.deepEqual(liveCounts(), before);
});
