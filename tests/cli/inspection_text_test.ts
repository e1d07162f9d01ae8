import assert from "node:assert/strict";
import { inspectionText } from "../../cli/inspection_text.ts";

const machine = { winnow: "0.1.0", os: "linux", arch: "x86_64", cpus: 2 };

Deno.test("inspectionText() tells what is there", () => {
  const text = inspectionText({
    deno: "2.9.6",
    webgpu: {
      available: true,
      version: "1.30.0",
      adapter: "llvmpipe",
      software: true,
      features: ["shader-f16", "subgroups"],
      limits: {
        maxBufferSize: 2 ** 31,
        maxStorageBufferBindingSize: 2 ** 27,
        maxComputeWorkgroupStorageSize: 32768,
      },
    },
    wasm: { available: true, version: "1.30.0", threads: 2 },
    native: { available: true, version: "1.30.0" },
    chosen: { device: "wasm", threads: 2, reason: "wasm on 2 CPU threads: only a software adapter" },
  }, machine);
  assert.equal(
    text,
    [
      "winnow   0.1.0, Deno 2.9.6, linux x86_64, 2 CPUs",
      "webgpu   yes: llvmpipe, a software adapter: used only when named; onnxruntime-web 1.30.0",
      "         buffers up to 2048 MiB, bindings up to 128 MiB, workgroup memory 32 KiB",
      "         has shader-f16, has subgroups, no timestamp-query",
      "wasm     yes: 2 threads; onnxruntime-web 1.30.0",
      "native   yes: onnxruntime-node 1.30.0",
      "chosen   wasm on 2 CPU threads: only a software adapter",
    ].join("\n"),
  );
});

Deno.test("inspectionText() tells what is missing and how to get it", () => {
  const text = inspectionText({
    deno: "2.9.6",
    webgpu: { available: false, problem: "no WebGPU adapter", remedy: "Install a graphics driver." },
    wasm: { available: true, version: "1.30.0", threads: 1 },
    native: { available: false, version: "1.30.0", problem: "not downloaded", remedy: "Run this once." },
    chosen: { device: "wasm", threads: 1, reason: "wasm on 1 CPU thread: no WebGPU adapter" },
  }, machine);
  assert.equal(
    text,
    [
      "winnow   0.1.0, Deno 2.9.6, linux x86_64, 2 CPUs",
      "webgpu   no: no WebGPU adapter. Install a graphics driver.",
      "wasm     yes: 1 thread; onnxruntime-web 1.30.0",
      "native   no: not downloaded. Run this once.",
      "chosen   wasm on 1 CPU thread: no WebGPU adapter",
    ].join("\n"),
  );
});
