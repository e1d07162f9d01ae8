import assert from "node:assert/strict";
import { memoryFault, outOfMemory } from "../../../models/runtimes/memory_fault.ts";

Deno.test("memoryFault: what onnxruntime, WebGPU and JavaScript say, and the bytes where they say them", () => {
  const told: [string, number | undefined][] = [
    [
      "Status Message: void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) Failed to allocate memory for requested buffer of size 4000000000000",
      4e12,
    ],
    ["failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc", undefined],
    [
      "static void SafeIntExceptionHandler<onnxruntime::OnnxRuntimeException>::SafeIntOnOverflow() Integer overflow",
      undefined,
    ],
    ["INVALID_ARGUMENT : Tensor shape is too large", undefined],
    ["FAIL : Calculation for Tensor storage size overflowed", undefined],
    ["Too many storage buffers in shader. Current: 38, Max is 32", undefined],
    ["Buffer size 3000000000 is greater than the maximum buffer size (2147483647)", 3e9],
    ["Array buffer allocation failed", undefined],
    ["not enough memory left", undefined],
  ];
  for (const [text, bytes] of told) {
    assert.equal(memoryFault(new Error(text))?.bytes, bytes, text);
    assert.ok(memoryFault(new Error("run failed", { cause: new Error(`line\n${text}`) })), text);
  }
});

Deno.test("memoryFault: other failures are none of memory", () => {
  for (
    const text of [
      "memory access out of bounds",
      "WebGPU validation failed. Buffer with '' label is invalid",
      "Got invalid dimensions for input: x for the following indices index: 1 Got: 4 Expected: 3",
      "Non-zero status code returned while running Conv node.",
    ]
  ) assert.equal(memoryFault(new Error(text)), undefined, text);
  assert.equal(memoryFault(undefined), undefined);
});

Deno.test("outOfMemory: one sentence with the work, the bytes, what they were for, and the remedy", () => {
  const cause = new Error("validation failed");
  const fault = { bytes: 4096, label: "unet (mid_block.attn1)", message: "not enough memory left" };
  const error = outOfMemory("run unet (attention at mid_block.attn1)", "webgpu", fault, cause);
  assert.equal(
    error.message,
    "Cannot run unet (attention at mid_block.attn1): the GPU's memory must be enough for 4096 bytes of unet " +
      '(mid_block.attn1), got "not enough memory left". ' +
      "Make smaller pictures or fewer at once, or use --device wasm or --device native.",
  );
  assert.deepEqual([error.bytes, error.cause, error.name], [4096, cause, "OutOfMemoryError"]);
  assert.match(
    outOfMemory("run unet", "wasm", { message: "x" }).message,
    /WebAssembly's 4 GiB .* must be enough, got "x"/,
  );
});
