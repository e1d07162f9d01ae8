import assert from "node:assert/strict";
import { DeviceError } from "../../../errors.ts";
import { decideDevice, parseDeviceRequest } from "../../../models/runtimes/choose_device.ts";
import type { GpuAdapterReport } from "../../../models/runtimes/gpu_adapter.ts";

const adapter = (name: string, software: boolean): GpuAdapterReport => ({
  adapter: {} as GPUAdapter,
  name,
  software,
});

Deno.test("auto takes a real adapter", () => {
  const report = decideDevice("auto", adapter("Fast GPU", false));
  assert.equal(report.device, "webgpu");
  assert.match(report.reason, /Fast GPU.*a GPU was found/);
});

Deno.test("auto takes wasm where there is no adapter or only a software one, and says what native would bring", () => {
  for (const found of [undefined, adapter("llvmpipe", true)]) {
    const report = decideDevice("auto", found);
    assert.equal(report.device, "wasm");
    assert.match(report.reason, /--device native is several times faster/);
  }
});

Deno.test("a software adapter is used when it is asked for", () => {
  assert.equal(decideDevice("webgpu", adapter("llvmpipe", true)).device, "webgpu");
});

Deno.test("webgpu without an adapter is an error that says how to get one", () => {
  assert.throws(
    () => decideDevice("webgpu", undefined),
    (error: Error) =>
      error instanceof DeviceError &&
      /a WebGPU adapter must be present, got "none".*mesa-vulkan-drivers/.test(error.message),
  );
});

Deno.test("an unknown device names those that are known, and WINNOW_DEVICE where it came from there", () => {
  assert.throws(
    () => parseDeviceRequest("cuda"),
    /device must be one of auto, webgpu, wasm, native, got "cuda"/,
  );
  const before = Deno.env.get("WINNOW_DEVICE");
  try {
    Deno.env.set("WINNOW_DEVICE", "native");
    assert.equal(parseDeviceRequest(undefined), "native");
    assert.equal(parseDeviceRequest("wasm"), "wasm");
    Deno.env.set("WINNOW_DEVICE", "cuda");
    assert.throws(() => parseDeviceRequest(undefined), /WINNOW_DEVICE must be one of/);
  } finally {
    if (before === undefined) Deno.env.delete("WINNOW_DEVICE");
    else Deno.env.set("WINNOW_DEVICE", before);
  }
});
