/**
 * WebGPU adapters and devices of Deno's own `navigator.gpu`.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { countLive } from "./live_count.ts";

/** What there is to know of an adapter before a device is made. */
export interface GpuAdapterReport {
  readonly adapter: GPUAdapter;
  /** Its name, as the driver gives it. */
  readonly name: string;
  /** Whether it is a program on the CPU, such as llvmpipe or SwiftShader. */
  readonly software: boolean;
}

/** An owned device. */
export interface OpenGpu extends AsyncDisposable {
  readonly device: GPUDevice;
}

/** Features that kernels use where the adapter has them. */
const WANTED_FEATURES: readonly GPUFeatureName[] = [
  "shader-f16",
  "subgroups" as GPUFeatureName,
  "timestamp-query",
];

/**
 * On Linux the Vulkan loader complains on standard error, at each start, where XDG_RUNTIME_DIR is unset, as it is on
 * most servers; it then goes on as if nothing had happened.
 */
function quietenVulkanLoader(): void {
  if (Deno.build.os !== "linux") return;
  try {
    if (!Deno.env.get("XDG_RUNTIME_DIR")) Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("TMPDIR") ?? "/tmp");
  } catch {
    // Without the permission the complaint stands.
  }
}

/** The adapter that the system prefers, or undefined if there is none. */
export async function findAdapter(): Promise<GpuAdapterReport | undefined> {
  quietenVulkanLoader();
  let adapter: GPUAdapter | null | undefined;
  try {
    adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  } catch {
    // Deno throws where the driver's loader is missing; that is the same as no adapter.
    return undefined;
  }
  if (!adapter) return undefined;
  const { info } = adapter;
  const name = [info?.vendor, info?.description || info?.device || info?.architecture].filter(Boolean).join(
    " ",
  ).trim();
  const software = (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true ||
    (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter === true ||
    /llvmpipe|lavapipe|swiftshader|software|basic render/i.test(name);
  return { adapter, name: name || "unnamed adapter", software };
}

/** Every limit at the adapter's own value: the defaults are far below what models need. */
export function fullLimits(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const key of Object.getOwnPropertyNames(Object.getPrototypeOf(adapter.limits))) {
    const value = (adapter.limits as unknown as Record<string, unknown>)[key];
    if (typeof value === "number") limits[key] = value;
  }
  return limits;
}

/**
 * A device with all of the adapter's limits and the features that kernels use.
 *
 * @throws {DeviceError} if the driver refuses.
 */
export async function openGpu({ adapter, name }: GpuAdapterReport): Promise<OpenGpu> {
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: fullLimits(adapter),
    });
  } catch (cause) {
    throw new DeviceError({
      doing: "open the GPU",
      what: `adapter ${name}`,
      rule: "able to make a device",
      got: (cause as Error).message,
      remedy: "Update the graphics driver, or use --device wasm.",
    }, { cause });
  }
  const release = countLive("gpuDevices");
  let open = true;
  return {
    device,
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      try {
        // A software adapter computes in threads of this process: they must be done before what they use goes away.
        await device.queue.onSubmittedWorkDone();
      } finally {
        device.destroy();
        release();
      }
    },
  };
}
