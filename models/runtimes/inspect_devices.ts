/**
 * What this machine offers, for `winnow doctor`.
 *
 * @module
 */
import { cpuThreads, decideDevice, parseDeviceRequest } from "./choose_device.ts";
import { findAdapter, fullLimits } from "./gpu_adapter.ts";
import { ORT_NODE_SPECIFIER, ORT_NODE_VERSION } from "./ort_node.ts";
import { ORT_WEB_VERSION } from "./ort_web.ts";
import type { DeviceReport } from "./runtime.ts";

interface Availability {
  readonly available: boolean;
  readonly version?: string;
  /** What is missing. */
  readonly problem?: string;
  /** How to get it. */
  readonly remedy?: string;
}

export interface WebgpuInspection extends Availability {
  readonly adapter?: string;
  readonly software?: boolean;
  readonly features?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
}

/** What `inspectDevices` finds. */
export interface DeviceInspection {
  readonly deno: string;
  readonly webgpu: WebgpuInspection;
  readonly wasm: Availability & { readonly threads: number };
  readonly native: Availability;
  /** What would be used without a --device flag. */
  readonly chosen: DeviceReport;
}

async function inspectWebgpu(): Promise<WebgpuInspection> {
  const version = ORT_WEB_VERSION;
  if (!("Suspending" in WebAssembly)) {
    return {
      available: false,
      version,
      problem: "no WebAssembly promise integration",
      remedy: "Upgrade to Deno 2.9 or newer.",
    };
  }
  const found = await findAdapter();
  if (!found) {
    const remedy = "Install a graphics driver with Vulkan, Metal or Direct3D 12; on Debian, " +
      "`apt-get install mesa-vulkan-drivers libvulkan1` brings a software adapter.";
    return { available: false, version, problem: "no WebGPU adapter", remedy };
  }
  const { adapter, name, software } = found;
  const features = [...adapter.features].sort();
  return { available: true, version, adapter: name, software, features, limits: fullLimits(adapter) };
}

/** Whether the package is on this machine already, told without a download. */
async function inspectNative(): Promise<Availability> {
  const version = ORT_NODE_VERSION;
  const remedy = `Run \`deno cache ${ORT_NODE_SPECIFIER}\` once; it is a download of some 100 MB.`;
  try {
    const check = new Deno.Command(Deno.execPath(), {
      // Looking must not add the package to the lock file of the folder that one happens to be in.
      args: ["eval", "--cached-only", "--no-lock", `await import("${ORT_NODE_SPECIFIER}")`],
      stdout: "null",
      stderr: "null",
    });
    const { success } = await check.output();
    return success
      ? { available: true, version }
      : { available: false, version, problem: "not downloaded", remedy };
  } catch (error) {
    return { available: false, version, problem: `cannot tell (${(error as Error).message})`, remedy };
  }
}

/** Looks at every runtime and adapter; downloads nothing. */
export async function inspectDevices(): Promise<DeviceInspection> {
  const [webgpu, native, adapter] = await Promise.all([inspectWebgpu(), inspectNative(), findAdapter()]);
  return {
    deno: Deno.version.deno,
    webgpu,
    wasm: { available: true, version: ORT_WEB_VERSION, threads: cpuThreads() },
    native,
    chosen: decideDevice(parseDeviceRequest(undefined), adapter),
  };
}
