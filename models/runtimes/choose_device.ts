/**
 * Which runtime to use, and why.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { findAdapter, type GpuAdapterReport, openGpu } from "./gpu_adapter.ts";
import { openNativeRuntime } from "./ort_node.ts";
import { openWasmRuntime, openWebgpuRuntime } from "./ort_web.ts";
import type { DeviceReport, DeviceRequest, Runtime } from "./runtime.ts";

/** The runtimes that can be asked for. */
export const DEVICE_REQUESTS: readonly DeviceRequest[] = ["auto", "webgpu", "wasm", "native"];

/** The environment variable that names a runtime where no option does. */
export const DEVICE_VARIABLE = "WINNOW_DEVICE";

const NATIVE_HINT = "--device native is several times faster on a CPU, for a larger download";

/** More threads than this gain nothing on graphs of this size and cost start-up time. */
const MOST_THREADS = 16;

/** CPU threads to use. */
export function cpuThreads(): number {
  return Math.max(1, Math.min(navigator.hardwareConcurrency, MOST_THREADS));
}

/** The request in WINNOW_DEVICE, if there is one and it may be read. */
function requestFromEnvironment(): string | undefined {
  try {
    return Deno.env.get(DEVICE_VARIABLE) || undefined;
  } catch {
    return undefined;
  }
}

/** A device request, checked: the option, else WINNOW_DEVICE, else "auto". */
export function parseDeviceRequest(option: string | undefined): DeviceRequest {
  const variable = option === undefined ? requestFromEnvironment() : undefined;
  const request = option ?? variable ?? "auto";
  const known = DEVICE_REQUESTS.find((name) => name === request);
  if (known) return known;
  throw new DeviceError({
    doing: "choose a device",
    what: variable ? DEVICE_VARIABLE : "device",
    rule: `one of ${DEVICE_REQUESTS.join(", ")}`,
    got: request,
  });
}

function cpuReport(device: "wasm" | "native", why: string): DeviceReport {
  const threads = cpuThreads();
  return { device, threads, reason: `${device} on ${threads} CPU thread${threads === 1 ? "" : "s"}: ${why}` };
}

function gpuReport({ name, software }: GpuAdapterReport, why: string): DeviceReport {
  // WebAssembly threads run the few operators that have no GPU kernel.
  return {
    device: "webgpu",
    adapter: name,
    software,
    threads: cpuThreads(),
    reason: `webgpu on ${name}: ${why}`,
  };
}

/** Decides for one request, given the adapter that was found. Pure. */
export function decideDevice(request: DeviceRequest, adapter: GpuAdapterReport | undefined): DeviceReport {
  switch (request) {
    case "native":
    case "wasm":
      return cpuReport(request, "as asked for");
    case "webgpu":
      if (adapter) {
        return gpuReport(
          adapter,
          adapter.software ? "as asked for, a software adapter, slower than wasm" : "as asked for",
        );
      }
      throw new DeviceError({
        doing: "use webgpu",
        what: "a WebGPU adapter",
        rule: "present",
        got: "none",
        remedy:
          "Install a graphics driver with Vulkan, Metal or Direct3D 12 (on Debian, mesa-vulkan-drivers and libvulkan1 " +
          "bring a software one), or use --device wasm. `winnow doctor` shows what is there.",
      });
    case "auto":
      if (adapter && !adapter.software) return gpuReport(adapter, "a GPU was found");
      return cpuReport(
        "wasm",
        `${adapter ? `only a software adapter (${adapter.name})` : "no WebGPU adapter"}; ${NATIVE_HINT}`,
      );
    default:
      return request satisfies never;
  }
}

/**
 * What a request would be given, without opening it.
 *
 * @throws {DeviceError} if what was asked for is not there.
 */
export async function chooseDevice(request: DeviceRequest): Promise<DeviceReport> {
  return decideDevice(request, await adapterFor(request));
}

async function adapterFor(request: DeviceRequest): Promise<GpuAdapterReport | undefined> {
  return request === "auto" || request === "webgpu" ? await findAdapter() : undefined;
}

/**
 * Opens the runtime that a request names, or the best there is.
 *
 * @throws {DeviceError} if what was asked for is not there.
 */
export async function openRuntime(request: DeviceRequest): Promise<Runtime> {
  const adapter = await adapterFor(request);
  const report = decideDevice(request, adapter);
  switch (report.device) {
    case "webgpu":
      return await openWebgpuRuntime(report, await openGpu(adapter as GpuAdapterReport));
    case "wasm":
      return await openWasmRuntime(report);
    case "native":
      return await openNativeRuntime(report);
    default:
      return report.device satisfies never;
  }
}
