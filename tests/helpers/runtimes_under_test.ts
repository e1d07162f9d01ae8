/** Which runtimes a test runs on; with REQUIRE_GPU=1 a missing adapter is a failure, not a skip. */
import { openRuntime } from "../../models/runtimes/choose_device.ts";
import { findAdapter } from "../../models/runtimes/gpu_adapter.ts";
import type { DeviceName, Runtime } from "../../models/runtimes/runtime.ts";

/** CPU runtimes that every machine has. */
export const CPU_DEVICES: readonly DeviceName[] = ["wasm", "native"];

export const ALL_DEVICES: readonly DeviceName[] = [...CPU_DEVICES, "webgpu"];

/** Registers a test for each device; on a machine without an adapter the webgpu one says that it was skipped. */
export function testOnDevices(
  name: string,
  devices: readonly DeviceName[],
  run: (device: DeviceName) => Promise<void>,
): void {
  for (const device of devices) {
    Deno.test({
      name: `${name} [${device}]`,
      // onnxruntime keeps threads and timers of its own for the life of the process.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        if (device === "webgpu" && !await findAdapter()) {
          if (Deno.env.get("REQUIRE_GPU") === "1") {
            throw new Error("REQUIRE_GPU=1, but there is no WebGPU adapter");
          }
          console.warn(`skipped: no WebGPU adapter for ${name}`);
          return;
        }
        await run(device);
      },
    });
  }
}

/** Opens a runtime for a test. */
export function runtimeFor(device: DeviceName): Promise<Runtime> {
  return openRuntime(device);
}
