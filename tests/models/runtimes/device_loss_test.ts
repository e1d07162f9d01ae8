import assert from "node:assert/strict";
import { DeviceLostError } from "../../../errors.ts";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { guardLoss } from "../../../models/runtimes/device_loss.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** A device whose loss the test decides. */
function losable() {
  const { promise: lost, resolve } = Promise.withResolvers<GPUDeviceLostInfo>();
  return {
    lost,
    lose: () =>
      resolve({ reason: "unknown", message: "the driver restarted" } as unknown as GPUDeviceLostInfo),
  };
}

Deno.test("guardLoss: work that ends is left alone, whether it succeeds or fails", async () => {
  const guard = guardLoss(losable());
  assert.equal(await guard("run a test", () => Promise.resolve(7)), 7);
  await assert.rejects(guard("run a test", () => Promise.reject(new TypeError("own fault"))), TypeError);
});

Deno.test("guardLoss: work that waits for ever is given up when the device is lost", async () => {
  const device = losable(), guard = guardLoss(device);
  const waiting = guard("run unet", () => new Promise(() => {}));
  device.lose();
  await assert.rejects(waiting, (error: Error) => {
    assert.ok(error instanceof DeviceLostError);
    assert.match(
      error.message,
      /^Cannot run unet: the GPU device must be there until the work is done, got "a lost one/,
    );
    return true;
  });
  await assert.rejects(guard("run unet", () => Promise.resolve(1)), DeviceLostError);
});

Deno.test("guardLoss: an error that the loss explains is told as the loss", async () => {
  const device = losable(), guard = guardLoss(device);
  const failing = guard("run unet", () => Promise.reject(new Error("mapAsync: Instance dropped")));
  setTimeout(device.lose, 5);
  await assert.rejects(failing, DeviceLostError);
});

testOnDevices("guardLoss: a destroyed device is a lost one", ["webgpu"], async () => {
  const gpu = await openGpu((await findAdapter())!);
  await using _ = gpu;
  const guard = guardLoss(gpu.device);
  const waiting = guard("wait", () => new Promise(() => {}));
  gpu.device.destroy();
  await assert.rejects(waiting, DeviceLostError);
});
