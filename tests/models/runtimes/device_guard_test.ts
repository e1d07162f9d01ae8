import assert from "node:assert/strict";
import { DeviceError, DeviceLostError, OutOfMemoryError } from "../../../errors.ts";
import { findAdapter, openGpu } from "../../../models/runtimes/gpu_adapter.ts";
import { guardDevice, type GuardedDevice } from "../../../models/runtimes/device_guard.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** A device whose loss and whose errors the test decides. */
function fragile() {
  const { promise: lost, resolve } = Promise.withResolvers<GPUDeviceLostInfo>();
  const device = Object.assign(new EventTarget(), { lost }) as unknown as GuardedDevice & EventTarget;
  const info = { reason: "unknown", message: "the driver restarted" } as unknown as GPUDeviceLostInfo;
  return {
    device,
    lose: () => resolve(info),
    refuse: (error: Error) => device.dispatchEvent(Object.assign(new Event("uncapturederror"), { error })),
  };
}

Deno.test("guardDevice: work that ends is left alone, whether it succeeds or fails", async () => {
  const guard = guardDevice(fragile().device);
  assert.equal(await guard("run a test", () => Promise.resolve(7)), 7);
  await assert.rejects(guard("run a test", () => Promise.reject(new TypeError("own fault"))), TypeError);
});

Deno.test("guardDevice: work that waits for ever is given up when the device is lost", async () => {
  const { device, lose } = fragile(), guard = guardDevice(device);
  const waiting = guard("run unet", () => new Promise(() => {}));
  lose();
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

Deno.test("guardDevice: an error that the loss explains is told as the loss", async () => {
  const { device, lose } = fragile(), guard = guardDevice(device);
  const failing = guard("run unet", () => Promise.reject(new Error("mapAsync: Instance dropped")));
  setTimeout(lose, 5);
  await assert.rejects(failing, DeviceLostError);
});

testOnDevices("guardDevice: a destroyed device is a lost one", ["webgpu"], async () => {
  const gpu = await openGpu((await findAdapter())!);
  await using _ = gpu;
  const guard = guardDevice(gpu.device);
  const waiting = guard("wait", () => new Promise(() => {}));
  gpu.device.destroy();
  await assert.rejects(waiting, DeviceLostError);
});

Deno.test("guardDevice: an error that the device tells of fails the work that it belongs to, and no other", async () => {
  const { device, refuse } = fragile(), guard = guardDevice(device);
  const invalid = guard("run unet", () => Promise.resolve(refuse(new Error("buffer is too small\nmore"))));
  await assert.rejects(invalid, (error: Error) => {
    assert.ok(error instanceof DeviceError && !(error instanceof DeviceLostError));
    assert.match(
      error.message,
      /^Cannot run unet: the GPU's commands must be ones that the device takes, got "buffer is too small"/,
    );
    return true;
  });
  class GPUOutOfMemoryError extends Error {}
  const full = guard(
    "run unet",
    () => Promise.resolve(refuse(new GPUOutOfMemoryError("no memory for down_blocks.0"))),
  );
  await assert.rejects(
    full,
    /^OutOfMemoryError: Cannot run unet: the GPU's memory must be enough, got "no memory for down_blocks\.0"\. Make/,
  );
  assert.equal(await guard("run unet", () => Promise.resolve(3)), 3);
});

Deno.test("guardDevice: a want of memory is told before what comes of it, and what work made is given back", async () => {
  class GPUOutOfMemoryError extends Error {}
  const { device, refuse } = fragile(), guard = guardDevice(device), undone: number[] = [];
  const full = guard("run unet", () => {
    refuse(new Error("buffer is invalid"));
    refuse(new GPUOutOfMemoryError("not enough"));
    return Promise.resolve(7);
  }, (made) => void undone.push(made));
  setTimeout(() => refuse(new Error("buffer is invalid")), 10);
  await assert.rejects(full, OutOfMemoryError);
  assert.deepEqual(undone, [7]);
  assert.equal(await guard("run unet", () => Promise.resolve(3)), 3, "later work has no part in it");
});

Deno.test("guardDevice: a failure that is one of memory by its text, or by the buffer refused", async () => {
  const guard = guardDevice(fragile().device);
  const told = guard(
    "run unet",
    () => Promise.reject(new Error("Failed to allocate memory for buffer of size 64")),
  );
  await assert.rejects(told, (error: Error) => error instanceof OutOfMemoryError && error.bytes === 64);
  const buffers = [{ bytes: 12, label: "a site", message: "not enough memory left" }];
  const watch = { refused: () => Promise.resolve(buffers.shift()) };
  const watched = guardDevice(fragile().device, { watch });
  await assert.rejects(
    watched("run unet (segment 2 of 9)", () => Promise.reject(new Error("validation failed"))),
    /^OutOfMemoryError: Cannot run unet \(segment 2 of 9\): the GPU's memory must be enough for 12 bytes of a site, got/,
  );
  await watched("run unet", () => Promise.resolve());
});

Deno.test("guardDevice: WebAssembly that has failed is told of once", async () => {
  let losses = 0;
  const guard = guardDevice(fragile().device, { onLoss: () => losses++ });
  const abort = () =>
    Promise.reject(new Error("run", { cause: new WebAssembly.RuntimeError("unreachable") }));
  await assert.rejects(guard("run unet", abort), /^Error: run$/);
  await assert.rejects(guard("run unet", abort));
  assert.equal(losses, 1);
});

testOnDevices("guardDevice: a command that a real device refuses fails the work", ["webgpu"], async () => {
  await using gpu = await openGpu((await findAdapter())!);
  const guard = guardDevice(gpu.device);
  const refused = guard("dispatch", async () => {
    gpu.device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    await gpu.device.queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await assert.rejects(refused, /^DeviceError: Cannot dispatch: the GPU's commands must be/);
});
